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
  r.arms.push_back({"base", "", "", "", {}, "", {}, "", ""});
  r.arms.push_back({"patched", "", "", "s", {}, "", {}, "", ""});
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
  CHECK(error_of(r) == "cannot use the machine \"big\" of arm \"base\": configured are other, vm");
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
