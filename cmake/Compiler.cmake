# Warnings are errors only for our own code; ccache and lld are used where they are installed.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers)
if(SPILLWAY_SANITIZE)
  string(REPLACE ";" "," _sanitizers "${SPILLWAY_SANITIZE}")
  add_compile_options(-fsanitize=${_sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${_sanitizers})
endif()
if(SPILLWAY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # coverage of the rooms guides the fuzzer
endif()
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE}")
endif()
