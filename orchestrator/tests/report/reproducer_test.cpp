// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/reproducer.hpp"

#include "support/error_words.hpp"
#include "tests/report/mail_fixture.hpp"
#include "util/process.hpp"

namespace klab {
namespace {

using namespace klab::test;

std::string words(const ExperimentPlan& plan) {
  const auto found = report::submit_words(plan, {"0123456789abcdef0123"});
  return found ? join(*found, " ") : "no command";
}
const std::string rest =
    " --tree debian --base 0123456789abcdef --kconfig lab,tracing --cmdline isolcpus=1 --machine vm --workload workqueue:profile=quick --boots 5"
    " --seed 4711 --delta 0.02";

}  // namespace

TEST_CASE("reproducer: the command of every kind of comparison") {
  auto plan = mailed_plan();
  CHECK(words(plan) == "klab submit 20260603-defer@example.org" + rest);
  plan.arms[1].patches = PatchRange{1, 3};
  CHECK(words(plan) == "klab submit 20260603-defer@example.org --patches 1-3" + rest);
  plan.arms.push_back(plan.arms[1]);
  plan.arms[2].patches = PatchRange{1, 4};
  CHECK(words(plan) == "klab submit 20260603-defer@example.org --prefixes 3,4" + rest);
  plan.arms[2].kconfig.fragments.pop_back();
  CHECK(words(plan) == "no command");

  plan = mailed_plan();
  plan.series[0].cover_message_id.clear();
  plan.series[0].patches[0].message_id.clear();
  plan.series[0].versions = {1, 2};
  plan.profile = true;
  CHECK(words(plan) == "klab submit series.mbox --version 2" + rest + " --profile");
  plan.arms[1].series.reset();
  CHECK(words(plan) == "klab submit --aa" + rest + " --profile");

  plan = mailed_plan();
  plan.series.push_back(plan.series[0]);
  plan.series[1].version = 3;
  plan.series[1].cover_message_id = "v3@example.org";
  plan.arms[0].series = 0, plan.arms[1].series = 1;
  CHECK(words(plan).starts_with("klab submit v3@example.org --versions 2,3 --tree debian --kconfig"));
}

TEST_CASE("reproducer: no parameters are no parameters, whatever the configuration of him who runs it says") {
  auto plan = mailed_plan();
  for (auto& arm : plan.arms) arm.command_line.clear();
  const auto found = report::submit_words(plan, {"0123456789abcdef0123"});
  REQUIRE(found.has_value());
  const auto option = std::find(found->begin(), found->end(), "--cmdline");
  REQUIRE(found->end() - option > 1);
  CHECK(option[1].empty());
}

TEST_CASE("reproducer: what a mail calls its Message-ID is an option of nobody's command") {
  auto plan = mailed_plan();
  for (const char* id : {"--host=ssh://evil.example/@x", "-o@x", "a@x b", "a;b@x", "no-at"}) {
    plan.series[0].cover_message_id = id;
    CHECK(words(plan) == "klab submit series.mbox" + rest);
  }
}

TEST_CASE("reproducer: machines are named as they were asked for") {
  auto plan = mailed_plan();
  plan.arms.push_back(plan.arms[0]);
  plan.arms.push_back(plan.arms[1]);
  plan.arms[2].machine = plan.arms[3].machine = "host1";
  plan.arms[2].machine_request = plan.arms[3].machine_request = "pool=small";
  CHECK(words(plan).find(" --machine vm --machine pool=small --workload") != std::string::npos);
  plan.arms.pop_back();
  CHECK(words(plan) == "no command");
}

TEST_CASE("reproducer: a shell gets the words back, and no line is too long") {
  const std::vector<std::string> given{"printf", "%s\\n", "--plain", "with space", "it's", std::string(150, 'a') + "'" + std::string(90, 'b'), "",
                                       "\xe6\xbc\xa2\xe5\xad\x97" + std::string(80, 'c'), "--last", "$(x)"};
  const auto command = report::shell_command(given, 72);
  CHECK(widest_line(command) <= 72);
  ProcessSpec spec;
  spec.argv = {"sh", "-c", command};
  const auto ended = run_process_blocking(std::move(spec));
  REQUIRE(ended.has_value());
  std::string expected;
  for (std::size_t i = 2; i < given.size(); ++i) expected += given[i] + "\n";
  CHECK(ended->out == expected);
}

}  // namespace klab
