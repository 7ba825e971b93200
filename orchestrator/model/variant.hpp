// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/series.hpp"

namespace klab {

enum class Architecture { x86_64, arm64 };
std::string_view name(Architecture architecture);                      // "x86_64", "arm64"
std::optional<Architecture> architecture_from_name(std::string_view name);

struct KconfigFragment {
  std::string name;  // file name without .config
  std::string text;
};

// An ordered list of fragments over a named base (a make target such as tinyconfig). Later
// fragments win.
struct Kconfig {
  std::string base = "tinyconfig";
  std::vector<KconfigFragment> fragments;
};

// What a build is made from. `commit` is the resolved base commit of `tree`; `patches` are applied
// in order on top.
struct BuildRequest {
  std::string tree;    // name of a configured tree
  std::string commit;  // 40 hexadecimal digits
  std::vector<Patch> patches;
  Kconfig kconfig;
  Architecture architecture = Architecture::x86_64;
};

}  // namespace klab
