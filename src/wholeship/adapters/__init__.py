"""The world: processes, network, files, time; one named file each."""
