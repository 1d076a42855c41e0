"""The guard process: owns every VISA session and lets no set-point past the kernel."""
