// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/guest_program.hpp"

#include <algorithm>
#include <vector>

#include "build/recipe.hpp"
#include "pipeline/made_file.hpp"
#include "util/hash.hpp"
#include "workload/folder.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> flags{"-std=gnu11", "-D_GNU_SOURCE", "-O2",     "-Wall", "-Wextra", "-Werror",
                                     "-pthread",   "-static",       "-s", "-Wl,--build-id=none"};

Result<std::vector<std::string>> c_sources(const fs::path& folder) {
  auto files = list_folder(folder);
  if (!files) return files.error();
  std::vector<std::string> sources;
  for (const auto& file : *files)
    if (file.name.ends_with(".c")) sources.push_back(file.name);
  std::sort(sources.begin(), sources.end());
  return sources;
}

}  // namespace

boost::asio::awaitable<Result<fs::path>> guest_program(WorkloadDefinition workload, fs::path cache, Architecture architecture,
                                                       std::stop_token stop) {
  const fs::path folder = workload.path / workload.program;
  const auto sources = c_sources(folder);
  if (!sources) co_return sources.error();
  const auto content = hash_folder(folder);
  if (!content) co_return content.error();
  const auto tools = co_await toolchain(architecture, stop);
  if (!tools) co_return tools.error();
  FieldHash hash;
  hash.add("architecture", name(architecture)).add("toolchain", tools->identity).add("sources", *content);
  for (const auto& flag : flags) hash.add("flag", flag);

  MadeFile file;
  file.directory = cache / "programs";
  file.name = hash.hex() + ".elf";
  file.what = fmt::format("the program of workload \"{}\"", workload.name);
  file.command = [&](const fs::path& out) {
    ProcessSpec spec;
    spec.argv = {recipe(architecture).cross_compile + "gcc"};
    spec.argv.insert(spec.argv.end(), flags.begin(), flags.end());
    spec.argv.insert(spec.argv.end(), {"-o", out.string()});
    for (const auto& source : *sources) spec.argv.push_back((folder / source).string());
    return spec;
  };
  co_return co_await made_file(std::move(file), stop);
}

}  // namespace klab
