"""What a run needs of the machine: worker processes, the store, folders, files that come with the package."""
