"""The limits of [analytics] as the analyses take them."""

from typing import TYPE_CHECKING

from newstone.settings import AnalyticsSettings

if TYPE_CHECKING:
    from analysis.spikes import SpikeSettings


def spike_settings(analytics: AnalyticsSettings) -> "SpikeSettings":
    """Give the limits from which a day is a spike."""
    from analysis.spikes import SpikeSettings

    return SpikeSettings(
        z=analytics.spike_z,
        baseline_days=analytics.spike_baseline_days,
        minimum_voices=analytics.minimum_voices,
        cool_down_days=analytics.spike_cool_down_days,
    )
