// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/builder.hpp"
#include "tests/build/fake_kernel.hpp"
#include "tests/build/support.hpp"

namespace klab::test {

inline constexpr const char* kConfig = "CONFIG_MODULES=y\n";

struct Laboratory {
  explicit Laboratory(LayerMode mode = LayerMode::probe,
                      std::map<std::string, std::string> files = fake_kernel())
      : mode(mode), base(make_repository(user, files)) {}

  TemporaryDirectory directory = scratch();
  std::filesystem::path user = directory.path() / "user";
  std::filesystem::path cache = directory.path() / "cache";
  LayerMode mode;
  std::string base;
  BuildLimits limits;
  std::vector<KconfigFragment> fragments;
  std::string log;  // of the last build
  int builds = 0;

  Patch patch(const std::string& subject, const std::string& script, int number = 1) {
    return make_patch(user, directory.path() / ("author-" + subject), subject, script, number);
  }
  BuildRequest request(std::vector<Patch> patches) const {
    return {"fake", base, std::move(patches), {"tinyconfig", fragments}, Architecture::x86_64};
  }
  // With a builder of its own each time, as after a restart.
  Result<Artefacts> build(std::vector<Patch> patches, std::vector<ModuleRequest> modules = {},
                          std::stop_token stop = {}) {
    TreeStore trees(cache);
    KernelBuilder builder({cache, {{"fake", user, "HEAD", ""}}, 1, limits, mode}, trees);
    const std::filesystem::path path = directory.path() / ("log-" + std::to_string(builds++));
    auto built = finish(builder.build(request(std::move(patches)), std::move(modules), path, stop));
    auto text = read_file(path);
    log = text ? *text : "";
    return built;
  }
  // A series that runs `script` while the kernel is made, and fails with it.
  Patch hostile(const std::string& script) {
    const std::string change =
        "printf 'evil:\\n\\t@sh evil.sh\\n' >> Makefile && sed -i 's/^bzImage:/bzImage: evil/' Makefile && "
        "cat > evil.sh";
    write(directory.path() / "evil.sh", script + "\n");
    return patch("hostile", change + " < '" + (directory.path() / "evil.sh").string() + "'");
  }
  bool building_is_empty() const { return std::filesystem::is_empty(cache / "building"); }
};

inline std::string content(const std::filesystem::path& path) {
  auto text = read_file(path);
  REQUIRE(text);
  return *text;
}

inline int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace klab::test
