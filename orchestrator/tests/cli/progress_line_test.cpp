// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress_line.hpp"

#include <catch2/catch.hpp>

#include "cli/exit_codes.hpp"
#include "report/layout.hpp"

using namespace klab;
using namespace klab::cli;

namespace {

WatchState measuring() {
  WatchState state;
  state.id = 17;
  state.state = "measuring";
  state.step = "boot 3 of 10";
  state.detail = "workqueue numa, pass 3 of 24";
  state.boots_planned = 10;
  state.boots_done = 2;
  state.boot = 3;
  state.started = 1000.0;
  state.seconds_per_boot = 30.0;
  return state;
}

}  // namespace

TEST_CASE("progress: time left is boots left at the mean, less what the present boot has used") {
  auto state = measuring();
  CHECK(time_left(state, 1000.0) == std::chrono::seconds(240));
  CHECK(time_left(state, 1012.0) == std::chrono::seconds(228));
  CHECK(time_left(state, 9000.0) == std::chrono::seconds(210));  // a slow boot is still one boot
  CHECK(time_left(state, 0.0) == std::chrono::seconds(240));     // clocks may disagree
  state.boot = 2;                                                // none under way
  CHECK(time_left(state, 1012.0) == std::chrono::seconds(240));
}

TEST_CASE("progress: no time left before the first boot has ended, nor at the end") {
  auto state = measuring();
  state.seconds_per_boot = 0.0;
  CHECK_FALSE(time_left(state, 1000.0).has_value());
  state = measuring();
  state.boots_done = 10;
  CHECK_FALSE(time_left(state, 1000.0).has_value());
  state = measuring();
  state.state = "done";
  CHECK_FALSE(time_left(state, 1000.0).has_value());
}

TEST_CASE("progress: the redrawn line cuts the detail and never the time") {
  const auto state = measuring();
  CHECK(progress_line(state, 1012.0, 80) == "17: boot 3 of 10, workqueue numa, pass 3 of 24, 3 m 48 s left");
  CHECK(progress_line(state, 1012.0, 46) == "17: boot 3 of 10, workqueue n~, 3 m 48 s left");
  CHECK(progress_line(state, 1012.0, 35) == "17: boot 3 of 10, 3 m 48 s left");
  for (int columns = 1; columns < 100; ++columns)
    CHECK(report::columns(progress_line(state, 1012.0, columns)) <=
          static_cast<std::size_t>(std::max(columns - 1, 10)));
}

TEST_CASE("progress: before anything is known the state stands for the step") {
  WatchState state;
  state.id = 3;
  state.state = "queued";
  CHECK(progress_line(state, 0.0, 80) == "3: queued");
  CHECK(step_line(state) == "3: queued");
  state.state = "building";
  state.step = "building patched";
  state.started = 1000.0;
  CHECK(progress_line(state, 1000.5, 80) == "3: building patched");
  CHECK(progress_line(state, 1125.0, 80) == "3: building patched, 2 m 05 s so far");
  state.state = "done";
  CHECK(progress_line(state, 1125.0, 80) == "3: done");
  state.step = "boot 10 of 10";
  state.outcome = "crashed";
  CHECK(step_line(state) == "3: done, crashed");
}

TEST_CASE("progress: a plain line does not change with the passes of a boot") {
  auto state = measuring();
  const auto before = step_line(state);
  CHECK(before == "17: boot 3 of 10");
  state.detail = "workqueue numa, pass 4 of 24";
  CHECK(step_line(state) == before);
}

TEST_CASE("progress: an answer is read leniently and made inert") {
  const auto state = read_watch_state(
      boost::json::parse(R"({"id":5,"state":"building","outcome":null,"boots_planned":"many","now":12.5,
                             "progress":{"step":"building \u001b[31mred","seconds_per_boot":2,"version":7}})")
          .as_object());
  CHECK(state.id == 5);
  CHECK(state.outcome.empty());
  CHECK(state.boots_planned == 0);
  CHECK(state.now == 12.5);
  CHECK(state.seconds_per_boot == 2.0);
  CHECK(state.version == 7);
  CHECK(state.step == "building \xEF\xBF\xBD[31mred");
}

TEST_CASE("exit codes: of errors") {
  CHECK(exit_code_of(ErrorKind::input) == 64);
  CHECK(exit_code_of(ErrorKind::failed) == 2);
  CHECK(exit_code_of(ErrorKind::lab) == 3);
  CHECK(exit_code_of(ErrorKind::stopped) == 3);
}

TEST_CASE("exit codes: of experiments; a report counts only where the experiment went well") {
  for (int report : {0, 1, 2, 3}) CHECK(exit_code_of(Outcome::ok, report) == report);
  CHECK(exit_code_of(Outcome::ok, std::nullopt) == 3);
  CHECK(exit_code_of(std::nullopt, 0) == 3);
  for (auto failed : {Outcome::apply_failed, Outcome::build_failed, Outcome::boot_failed, Outcome::crashed,
                      Outcome::hung, Outcome::workload_failed})
    CHECK(exit_code_of(failed, 0) == 2);
  for (auto lost : {Outcome::lab_error, Outcome::interrupted, Outcome::cancelled})
    CHECK(exit_code_of(lost, 0) == 3);
}
