// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/app.hpp"

namespace klab::cli::test {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

// One run of klab as main would make it, with no file of the user's in reach.
inline Ran run_klab(std::vector<std::string> arguments, const std::string& input = {},
                    bool terminal = false) {
  std::istringstream in(input);
  std::ostringstream out, err;
  Streams streams{in, out, err, terminal, [] { return 80; }};
  ConfigEnvironment environment;
  environment.home = "/nonexistent/home";
  environment.share = "/nonexistent/share";
  Ran ran;
  ran.code = run(arguments, streams, environment);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

}  // namespace klab::cli::test
