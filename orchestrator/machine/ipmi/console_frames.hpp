// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace klab {

// Parts a console into what the kernel and firmware said and the lines that may be frames of results.
// Plain object.
class ConsoleFrames {
 public:
  struct Parts {
    std::string text;
    std::vector<std::string> frames;  // lines without their ends; whether they are whole is not known here
  };
  Parts feed(std::string_view bytes);

 private:
  std::string line_;         // the line so far, as long as it may become a frame
  bool at_start_ = true;     // of a line
};

}  // namespace klab
