"""What stands between the spider and the network, from the spider's side.

``budget`` lets a request through or leaves its URL pending; ``guard`` refuses URLs of addresses that are not public;
``robots`` asks robots.txt; ``tdm`` asks for reservations; ``pace`` slows hosts down and repeats; ``body`` unpacks
within the size limit; ``redirect`` follows, a few times.
"""
