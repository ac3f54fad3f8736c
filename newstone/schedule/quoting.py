"""How one text is written in a crontab and in a unit of systemd so that it is read back unchanged."""

import shlex


def cron_quoted(text: str) -> str:
    """Quote one word for the shell, inside a crontab, where a percent sign would end the command (crontab(5))."""
    return shlex.quote(text).replace("%", r"\%")


def systemd_value(text: str) -> str:
    """Give a value that is a whole line, such as a folder: systemd expands percent signs alone (systemd.unit(5))."""
    return text.replace("%", "%%")


def systemd_word(text: str) -> str:
    """Give one item of a list, in double quotes (systemd.syntax(7))."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{systemd_value(escaped)}"'


def systemd_argument(text: str) -> str:
    """Give an argument of ExecStart=, in which a dollar sign would begin a variable."""
    return systemd_word(text.replace("$", "$$"))


def systemd_program(text: str) -> str:
    """Give the program of ExecStart=: no variable is filled in there, and a name with quotes or backslashes is refused.

    Such a program is started by env, as an argument. See systemd.service(5), COMMAND LINES.
    """
    if any(mark in text for mark in "\"'\\"):
        return f"/usr/bin/env {systemd_argument(text)}"
    return systemd_word(text)
