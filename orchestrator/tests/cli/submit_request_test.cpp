// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/submit_request.hpp"

#include <catch2/catch.hpp>

#include "model/experiment_json.hpp"

using namespace klab;
using namespace klab::cli;

namespace {

std::string error_of(const SubmitOptions& options, const std::vector<RawSource>& sources) {
  const auto request = submit_request(options, sources);
  REQUIRE(request.has_error());
  CHECK(request.error().kind == ErrorKind::input);
  return request.error().message;
}

}  // namespace

TEST_CASE("submit request: two arms that differ in the series alone") {
  SubmitOptions options;
  options.tree = "mainline";
  options.base = "v6.12";
  options.patches = "1-3";
  options.kconfigs = {"lab", "debug"};
  options.kconfig_base = "defconfig";
  options.command_line = "quiet";
  options.machines = {"big"};
  options.workloads = {"workqueue:profile=full"};
  options.boots = 7;
  options.seed = 4711;
  options.delta = 0.03;
  options.profile = true;
  options.title = "mine";
  options.version = 2;
  const auto request = submit_request(options, {{"a.patch", "bytes a"}, {"b.patch", "bytes b"}});
  REQUIRE(request.has_value());
  REQUIRE(request->arms.size() == 2);
  const auto& [baseline, patched] = std::tie(request->arms[0], request->arms[1]);
  CHECK(baseline.label == "baseline");
  CHECK(baseline.series.empty());
  CHECK_FALSE(baseline.patches.has_value());
  CHECK(patched.label == "patched");
  CHECK(patched.series == "series");
  REQUIRE(patched.patches.has_value());
  CHECK(format_patch_range(*patched.patches) == "1-3");
  for (const auto& arm : request->arms) {
    CHECK(arm.tree == "mainline");
    CHECK(arm.base == "v6.12");
    CHECK(arm.kconfigs == std::vector<std::string>{"lab", "debug"});
    CHECK(arm.kconfig_base == "defconfig");
    CHECK(arm.command_line == "quiet");
    CHECK(arm.machine == "big");
  }
  REQUIRE(request->series.size() == 1);
  CHECK(request->series[0].version == 2);
  REQUIRE(request->series[0].sources.size() == 2);
  CHECK(request->series[0].sources[1].bytes == "bytes b");
  REQUIRE(request->contrasts.size() == 1);
  CHECK(request->contrasts[0].reference == "baseline");
  CHECK(request->contrasts[0].patched == "patched");
  CHECK(request->workloads == options.workloads);
  CHECK(request->boots == 7);
  CHECK(request->seed == 4711u);
  CHECK(request->delta == 0.03);
  CHECK(request->profile);
  CHECK(request->title == "mine");
}

TEST_CASE("submit request: every arm and contrast for each of several machines") {
  SubmitOptions options;
  options.machines = {"vm", "vm-arm64"};
  options.patches = "1-2";
  auto request = submit_request(options, {{"a.patch", "bytes"}});
  REQUIRE(request.has_value());
  REQUIRE(request->arms.size() == 4);
  CHECK(request->arms[0].label == "baseline-vm");
  CHECK(request->arms[1].label == "patched-vm");
  CHECK(request->arms[2].label == "baseline-vm-arm64");
  CHECK(request->arms[3].label == "patched-vm-arm64");
  CHECK(request->arms[2].title == "baseline");
  CHECK(request->arms[2].heading == "vm-arm64");
  CHECK(request->arms[2].machine == "vm-arm64");
  CHECK(request->arms[2].series.empty());
  CHECK(request->arms[3].series == "series");
  REQUIRE(request->arms[3].patches.has_value());
  CHECK(request->series.size() == 1);
  REQUIRE(request->contrasts.size() == 2);
  CHECK(request->contrasts[1].reference == "baseline-vm-arm64");
  CHECK(request->contrasts[1].patched == "patched-vm-arm64");
  options.machines = {"vm", "pool=small,rack=3"};
  request = submit_request(options, {{"a.patch", "bytes"}});
  CHECK(request->arms.at(2).label == "baseline-pool-small+rack-3");
  CHECK(request->arms[2].machine == "pool=small,rack=3");
  CHECK(request->arms[2].heading == "pool=small,rack=3");
  CHECK(request->contrasts.at(1).patched == "patched-pool-small+rack-3");
  options.machines = {"vm", "big", "vm"};
  CHECK(error_of(options, {{"a.patch", "bytes"}}) == "cannot use the machine \"vm\" twice in one experiment");
}

TEST_CASE("submit request: A/A is the same arm twice") {
  SubmitOptions options;
  options.aa = true;
  const auto request = submit_request(options, {});
  REQUIRE(request.has_value());
  CHECK_FALSE(request->arms[0].command_line.has_value());
  CHECK_FALSE(request->profile);
  CHECK(request->series.empty());
  CHECK(request->arms[0].label == "aa-1");
  CHECK(request->arms[1].label == "aa-2");
  CHECK(request->arms[0].series.empty());
  CHECK(request->arms[1].series.empty());
  CHECK(request->contrasts[0].reference == "aa-1");
  CHECK(request->title == "A/A: the base against itself");
}

TEST_CASE("submit request: what does not fit together is said") {
  SubmitOptions options;
  CHECK(error_of(options, {}) ==
        "cannot submit: no series given; name mbox or patch files, a directory, a git range or \"-\"");
  options.patches = "3-1";
  CHECK(error_of(options, {{"a", "b"}}) ==
        "cannot use the patches \"3-1\": give one number or a range such as 1-3");
  options.aa = true;
  CHECK(error_of(options, {}) == "cannot use --patches with --aa: an A/A run has no series");
  options.sources = {"a"};
  CHECK(error_of(options, {}) ==
        "cannot submit an A/A run with a series: --aa compares the base with itself; leave out one of them");
}

namespace {

std::string arms_of(const ExperimentRequest& request) {
  std::string out;
  for (const auto& arm : request.arms)
    out += fmt::format("{}({}{}) ", arm.label, arm.series,
                       arm.patches ? fmt::format(" {}-{}", arm.patches->first, arm.patches->last) : std::string());
  for (const auto& contrast : request.contrasts) out += contrast.reference + "<" + contrast.patched + " ";
  return out;
}

}  // namespace

TEST_CASE("submit request: prefixes of a series are arms, each against the one before") {
  SubmitOptions options;
  options.prefixes = {3, 7};
  CHECK(arms_of(submit_request(options, {{"a", "b"}}).value()) ==
        "baseline() patches-1-3(series 1-3) patches-1-7(series 1-7) baseline<patches-1-3 patches-1-3<patches-1-7 ");
  options.prefixes.clear();
  options.every_prefix = true;
  CHECK(arms_of(submit_request(options, {{"a", "b"}}, 2).value()) ==
        "baseline() patches-1(series 1-1) patches-1-2(series 1-2) baseline<patches-1 patches-1<patches-1-2 ");
  options.every_prefix = false;
  options.prefixes = {3, 3};
  CHECK(error_of(options, {{"a", "b"}}) == "cannot use the prefixes 3,3: give ascending numbers of patches, such as 3,7");
}

TEST_CASE("submit request: versions of a series are arms, each against the one before") {
  SubmitOptions options;
  options.versions = {2, 3, 5};
  const auto request = submit_request(options, {{"a", "b"}}).value();
  CHECK(arms_of(request) == "v2(v2) v3(v3) v5(v5) v2<v3 v3<v5 ");
  REQUIRE(request.series.size() == 3);
  CHECK(request.series[2].version == 5);
  CHECK(request.series[2].sources.at(0).bytes == "b");
  options.versions = {2};
  CHECK(error_of(options, {{"a", "b"}}) == "cannot compare one version with itself: give two or more, such as --versions 2,3");
  options.versions = {2, 3};
  options.version = 2;
  CHECK(error_of(options, {{"a", "b"}}) == "cannot use --version with --versions: the latter names them all");
  options.version.reset();
  options.patches = "1";
  CHECK(error_of(options, {{"a", "b"}}) == "cannot use --patches, --prefixes and --versions together: give one of them");
}
