// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/workload/support.hpp"
#include "workload/definition.hpp"

using namespace klab;
using namespace klab::testing;

namespace {

WorkloadDefinition workqueue() {
  return load_workload(std::filesystem::path(KLAB_SOURCE_ROOT) / "workloads/workqueue").value();
}

std::string refusal(std::string_view request) {
  const auto run = resolve(workqueue(), request);
  REQUIRE(run.has_error());
  CHECK(run.error().kind == ErrorKind::input);
  return run.error().message;
}

}  // namespace

TEST_CASE("a bare name takes the default profile") {
  const auto run = resolve(workqueue(), "workqueue").value();
  CHECK(run.profile == "quick");
  CHECK(run.passes == 3);
  CHECK(run.pass_timeout == std::chrono::seconds(60));
  CHECK(run.parameters ==
        std::map<std::string, std::string>{{"wq_items", "5000"}, {"threads", "0"}, {"source", "own"}});
}

TEST_CASE("what is named overrides the profile, wherever it stands") {
  for (const char* request : {"workqueue:profile=full,wq_items=100", "workqueue:wq_items=100,profile=full"}) {
    const auto run = resolve(workqueue(), request).value();
    CHECK(run.profile == "full");
    CHECK(run.passes == 5);
    CHECK(run.pass_timeout == std::chrono::seconds(600));
    CHECK(run.parameters.at("wq_items") == "100");
  }
  CHECK(resolve(workqueue(), "workqueue:profile=full").value().parameters.at("wq_items") == "200000");
  const auto run = resolve(workqueue(), "workqueue:passes=9,pass_timeout=7,source=in-tree").value();
  CHECK(run.passes == 9);
  CHECK(run.pass_timeout == std::chrono::seconds(7));
  CHECK(run.parameters.at("source") == "in-tree");
}

TEST_CASE("a request that the workload does not understand says what it would") {
  CHECK(refusal("workqueue:items=5") ==
        "cannot use workload \"workqueue\": it has no parameter \"items\"; its parameters are pass_timeout, "
        "passes, profile, source, threads, wq_items");
  CHECK(refusal("workqueue:profile=slow") ==
        "cannot use workload \"workqueue\": it has no profile \"slow\"; its profiles are full, quick");
  CHECK(refusal("workqueue:wq_items") ==
        "cannot use workload \"workqueue\": \"wq_items\" is not PARAMETER=VALUE");
  CHECK(refusal("workqueue:") == "cannot use workload \"workqueue\": \"\" is not PARAMETER=VALUE");
  CHECK(refusal("workqueue:=5") == "cannot use workload \"workqueue\": \"=5\" is not PARAMETER=VALUE");
  CHECK(refusal("workqueue:wq_items=1,wq_items=2") ==
        "cannot use workload \"workqueue\": parameter wq_items is given twice");
  CHECK(refusal("workqueue:wq_items=many") ==
        "cannot use workload \"workqueue\": parameter wq_items: \"many\" is not a whole number");
  CHECK(refusal("workqueue:wq_items=0") ==
        "cannot use workload \"workqueue\": parameter wq_items: 0 is less than the minimum, 1");
  CHECK(refusal("workqueue:source=mine") ==
        "cannot use workload \"workqueue\": parameter source: \"mine\" is not one of own, in-tree");
  CHECK(refusal("workqueue:passes=0") ==
        "cannot use workload \"workqueue\": parameter passes: \"0\" is not a whole number from 1 to 1000");
  CHECK(refusal("workqueue:wq_items=1\nend") ==
        "cannot use workload \"workqueue\": parameter wq_items: \"1 end\" has characters that a value cannot "
        "have");
  CHECK(refusal("workqueues") == "cannot use workload \"workqueue\": \"workqueues\" asks for \"workqueues\"");
}
