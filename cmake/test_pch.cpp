// Only a carrier: CMake makes the tests' precompiled header once, for this file, and all test programs reuse it.
