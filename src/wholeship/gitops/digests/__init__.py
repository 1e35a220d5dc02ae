"""The digests of a release, written into the files that a controller deploys: see :mod:`.writing`."""
