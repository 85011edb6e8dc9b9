// Only a carrier: CMake makes the rooms' precompiled header once, for this file, and all rooms reuse it.
