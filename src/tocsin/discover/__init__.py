"""Who is on the network and what it does, from what probes saw: machines, roles, flows, held against the care map."""
