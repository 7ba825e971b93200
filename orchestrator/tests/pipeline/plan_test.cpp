// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/plan.hpp"

#include <catch2/catch.hpp>

#include "util/file.hpp"

using namespace klab;

namespace {

Config config() {
  ConfigEnvironment environment;
  environment.home = "/home/u";
  environment.share = KLAB_SOURCE_ROOT;
  auto config = default_config(environment);
  config.machines["other"] = MachineSpec{};
  config.machines["other"].name = "other";
  return config;
}

std::string part(int number, int total, const std::string& content) {
  return fmt::format(
      "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\n"
      "Date: Thu, 4 Jun 2026 11:47:36 -0400\nSubject: [PATCH {}/{}] part {}\nMessage-ID: <{}@x>\n\nwhy\n\n"
      "Signed-off-by: A <a@example.org>\n---\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
      "diff --git a/a.c b/a.c\nindex 1111111..2222222 100644\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-{}\n+{}x\n--\n2.39\n\n",
      number, total, number, number, content, content);
}

ExperimentRequest request() {
  ExperimentRequest r;
  r.series.push_back({"s", {{"s.mbox", part(1, 2, "a") + part(2, 2, "b")}}, {}});
  r.arms.push_back({"base", "", "", "", {}, "", {}, std::nullopt, ""});
  r.arms.push_back({"patched", "", "", "s", {}, "", {}, std::nullopt, ""});
  return r;
}

std::string error_of(const ExperimentRequest& r) {
  const auto plan = make_plan(r, config(), "alice", 7);
  REQUIRE(plan.has_error());
  CHECK(plan.error().kind == ErrorKind::input);
  return plan.error().message;
}

}  // namespace

TEST_CASE("plan: defaults are filled in and everything needed later is in it") {
  const auto plan = make_plan(request(), config(), "alice", 7);
  REQUIRE(plan.has_value());
  CHECK(plan->title == "part 1");
  CHECK(plan->submitter == "alice");
  CHECK(plan->seed == 7);
  CHECK(plan->boots == 5);
  CHECK(plan->contrasts == std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}});
  CHECK(plan->series.at(0).patches.size() == 2);
  CHECK(plan->arms.at(1).series == 0u);
  CHECK(plan->arms.at(0).kconfig.base == "tinyconfig");
  CHECK(plan->arms.at(0).kconfig.fragments.at(0).text.find("CONFIG_") != std::string::npos);
  CHECK(plan->workloads.at(0).name == "workqueue");
  CHECK(plan->workloads.at(0).parameters.at("wq_items") == "5000");
  CHECK(plan->workloads.at(0).metrics.size() == 5);
}

TEST_CASE("plan: chosen parts need no more than themselves") {
  auto r = request();
  r.series[0].sources[0].bytes = part(2, 2, "b");
  CHECK(error_of(r).find("missing") != std::string::npos);
  r.arms[1].patches = PatchRange{2, 2};
  const auto plan = make_plan(r, config(), "alice", 7);
  REQUIRE(plan.has_value());
  CHECK(plan->series.at(0).patches.at(0).number == 2);
}

TEST_CASE("plan: what cannot be is refused with the field and the remedy") {
  auto r = request();
  r.arms[1].label = "base";
  CHECK(error_of(r) == "cannot use the label \"base\" for two arms");
  r = request();
  r.arms[1].label = "a\x1b[0m";
  CHECK(error_of(r) == "cannot use the arm \"a\xEF\xBF\xBD[0m\": a label is 1 to 64 letters, digits, '-', '_', '+' or '.'");
  r = request();
  r.arms[0].tree = "mainline";
  CHECK(error_of(r) == "cannot use the tree \"mainline\" of arm \"base\": configured are debian");
  r = request();
  r.arms[0].machine = "big";
  CHECK(error_of(r) == "cannot use the machine \"big\" of arm \"base\": configured are other, vm, vm-arm64");
  r = request();
  r.arms[0].machine = "other";
  CHECK(error_of(r) == "cannot plan the experiment: it compares nothing; give two arms on one machine");
  r.contrasts.push_back({"base", "patched"});
  CHECK(error_of(r) == "cannot compare \"patched\" with \"base\": they run on different machines");
  r = request();
  r.arms[0].kconfigs = {"../../etc/passwd"};
  CHECK(error_of(r) == "cannot use the kconfig \"../../etc/passwd\" of arm \"base\": no such file as \"" KLAB_SOURCE_ROOT
                       "/kconfigs/../../etc/passwd.config\"");
  r = request();
  r.arms[0].base = "--upload-pack=evil";
  CHECK(error_of(r) == "cannot use the base \"--upload-pack=evil\" of arm \"base\": give a commit, tag or branch");
  r = request();
  r.workloads = {"nothing"};
  CHECK(error_of(r) == "cannot use the workload \"nothing\": no workload.toml in \"" KLAB_SOURCE_ROOT "/workloads/nothing\"");
  r = request();
  r.arms[1].patches = PatchRange{1, 3};
  CHECK(error_of(r).find("3") != std::string::npos);
  r = request();
  r.boots = 0;
  CHECK(error_of(r) == "cannot use boots = 0: give 1 to 100 boots per arm");
  r = request();
  r.arms.pop_back();
  CHECK(error_of(r) == "cannot plan the experiment: it has 1 arms, give 2 to 16");
  r = request();
  r.contrasts.push_back({"base", "base"});
  CHECK(error_of(r) == "cannot compare arm \"base\" with itself; add a second arm");
  r = request();
  r.arms[0].command_line = "a\nb";
  CHECK(error_of(r) == "cannot use the command line of arm \"base\": at most 1024 printable characters");
}

namespace {

// A share with one workload that needs much of the kernel.
struct Share {
  TemporaryDirectory directory = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-plan-").value();
  Config config;
  Share() {
    ConfigEnvironment environment;
    environment.home = "/home/u";
    environment.share = directory.path();
    config = default_config(environment);
    config.machines["arm"] = config.machines.at("vm");
    config.machines["arm"].architecture = Architecture::arm64;
    put("kconfigs/lab.config", "CONFIG_A=y\n");
    put("kconfigs/lab.arm64.config", "CONFIG_ARM=y\n");
    put("kconfigs/tracing.config", "CONFIG_T=y\n");
    put("workloads/w/run", "#!/bin/sh\n");
    std::filesystem::permissions(directory.path() / "workloads/w/run", std::filesystem::perms(0755));
    put("workloads/w/workload.toml",
        "name = \"w\"\ndescription = \"d\"\nrun = \"run\"\nkconfigs = [\"tracing\", \"lab\"]\n"
        "command_line = \"isolcpus=1 nohz_full=1\"\ninstrument = \"window\"\n"
        "[[metric]]\nname = \"m\"\nunit = \"ns\"\nbetter = \"lower\"\nprimary = true\n"
        "[[fact]]\nname = \"f\"\ndescription = \"d\"\n");
    put("patches/window/0001-w.patch", part(1, 1, "w"));
  }
  void put(const std::string& name, const std::string& text) {
    make_directories((directory.path() / name).parent_path()).value();
    write_file_atomic(directory.path() / name, text).value();
  }
};

}  // namespace

TEST_CASE("plan: what a workload needs lies under every arm, and the arm's own words stand") {
  Share share;
  auto r = request();
  r.workloads = {"w"};
  r.arms[1].command_line = "nohz_full=2 quiet";
  const auto plan = make_plan(r, share.config, "alice", 7);
  REQUIRE(plan.has_value());
  for (const auto& arm : plan->arms) {
    REQUIRE(arm.kconfig.fragments.size() == 2);
    CHECK(arm.kconfig.fragments[1].name == "tracing");
  }
  CHECK(plan->arms[0].command_line == "isolcpus=1 nohz_full=1");
  CHECK(plan->arms[1].command_line == "nohz_full=2 quiet isolcpus=1");
  REQUIRE(plan->series.size() == 2);
  CHECK(plan->workloads[0].instrument == 1u);
  CHECK(plan->series[1].patches.size() == 1);
  CHECK(plan->title == "part 1");
  CHECK(plan->workloads[0].facts.at(0).name == "f");
}

TEST_CASE("plan: the configuration's command line is for arms that have none of their own, and an empty one is their own") {
  Share share;
  share.config.defaults.command_line = "nosmt";
  auto r = request();
  r.workloads = {"w"};
  r.arms[1].command_line = "";
  const auto plan = make_plan(r, share.config, "alice", 7);
  REQUIRE(plan.has_value());
  CHECK(plan->arms[0].command_line == "nosmt isolcpus=1 nohz_full=1");
  CHECK(plan->arms[1].command_line == "isolcpus=1 nohz_full=1");
}

TEST_CASE("plan: an A/A run of an instrumented workload is not named after its instrument") {
  Share share;
  ExperimentRequest r;
  r.workloads = {"w"};
  r.arms.push_back({"aa-1", "", "", "", {}, "", {}, std::nullopt, ""});
  r.arms.push_back({"aa-2", "", "", "", {}, "", {}, std::nullopt, ""});
  const auto plan = make_plan(r, share.config, "alice", 7);
  REQUIRE(plan.has_value());
  CHECK(plan->title == "aa-2 against aa-1");
}

TEST_CASE("plan: what a fragment says for one architecture is added there alone") {
  Share share;
  auto r = request();
  r.workloads = {"w"};
  for (auto& arm : r.arms) arm.machine = "arm";
  const auto on_arm = make_plan(r, share.config, "alice", 7);
  REQUIRE(on_arm.has_value());
  CHECK(on_arm->arms[0].kconfig.fragments[0].text == "CONFIG_A=y\nCONFIG_ARM=y\n");
  for (auto& arm : r.arms) arm.machine = "vm";
  CHECK(make_plan(r, share.config, "alice", 7)->arms[0].kconfig.fragments[0].text == "CONFIG_A=y\n");
}
