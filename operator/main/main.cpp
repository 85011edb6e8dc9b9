#include <iostream>

#include "operator/cli/commands.hpp"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const spillway::io::SystemClock clock;
  spillway::cli::Context context{clock, std::cin, std::cout, std::cerr};
  return spillway::cli::run(argc, argv, context);
}
