// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/fake.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace klab;
namespace asio = boost::asio;
using asio::awaitable;

namespace {

struct Recorder : BootEvents {
  std::string heard;
  void console(std::string_view bytes) override { heard += "console(" + std::string(bytes) + ")"; }
  void results(std::string_view bytes) override { heard += "results(" + std::string(bytes) + ")"; }
  void note(std::string text) override { heard += "note(" + text + ")"; }
  void loading() override { heard += "loading()"; }
  void loaded() override { heard += "loaded()"; }
  void results_cut(bool cut) override { heard += cut ? "cut()" : "uncut()"; }
  void ended(PowerEnd end, std::string detail) override {
    heard += "ended(" + std::string(name(end)) + "," + detail + ")";
  }
};

template <class Call>
auto run(asio::io_context& io, Call call) {
  typename decltype(call())::value_type result = lab_error("not run");
  auto body = [](auto& invoke, auto& out) -> awaitable<void> { out = co_await invoke(); };
  auto job = body(call, result);
  asio::co_spawn(io, std::move(job), [](std::exception_ptr failure) { REQUIRE_FALSE(failure); });
  io.restart();
  io.run();
  return result;
}

const BootSpec kBoot{"klab-1-1", "/k", "/i", "quiet"};

}  // namespace

TEST_CASE("a fake boot plays its steps in order", "[machine]") {
  asio::io_context io;
  FakeBoot boot;
  boot.console("a").results("b").console("c").ends(PowerEnd::powered_off, "bye");
  FakeMachine machine(io.get_executor(), MachineSpec{}, {boot});
  Recorder recorder;
  CHECK(*run(io, [&] { return machine.prepare(kBoot); }) == Acceleration::tcg);
  REQUIRE(run(io, [&] { return machine.start(kBoot, recorder); }).has_value());
  CHECK(recorder.heard == "console(a)results(b)console(c)ended(powered off,bye)");
  CHECK_FALSE(machine.running());
  REQUIRE(run(io, [&] { return machine.power_off(); }).has_value());
  CHECK(recorder.heard == "console(a)results(b)console(c)ended(powered off,bye)");
  CHECK(machine.started().size() == 1);
  CHECK(machine.started()[0].id == "klab-1-1");
}

TEST_CASE("a fake boot without an end lasts until the power is cut", "[machine]") {
  asio::io_context io;
  FakeBoot silent;
  silent.console("a");
  FakeMachine machine(io.get_executor(), MachineSpec{}, {silent});
  Recorder recorder;
  run(io, [&] { return machine.prepare(kBoot); });
  REQUIRE(run(io, [&] { return machine.start(kBoot, recorder); }).has_value());
  CHECK(machine.running());
  const auto again = run(io, [&] { return machine.start(kBoot, recorder); });
  REQUIRE(again.has_error());
  CHECK(again.error().message ==
        "cannot start \"klab-1-1\": machine \"vm\" still has boot \"klab-1-1\"; power it off first");
  REQUIRE(run(io, [&] { return machine.power_off(); }).has_value());
  REQUIRE(run(io, [&] { return machine.power_off(); }).has_value());
  CHECK(recorder.heard == "console(a)ended(stopped by us,the power was cut by the lab)");
}

TEST_CASE("a fake whose power cannot be cut is heard no more, and starts nothing until it can", "[machine]") {
  asio::io_context io;
  FakeBoot silent;
  silent.console("a");
  FakeMachine machine(io.get_executor(), MachineSpec{}, {silent});
  machine.after_nmi.console("b");
  machine.power_off_error = lab_error("cannot destroy domain \"d\": Device or resource busy");
  Recorder recorder;
  run(io, [&] { return machine.prepare(kBoot); });
  REQUIRE(run(io, [&] { return machine.start(kBoot, recorder); }).has_value());
  CHECK(run(io, [&] { return machine.power_off(); }).error().message == "cannot destroy domain \"d\": Device or resource busy");
  CHECK(run(io, [&] { return machine.inject_nmi(); }).error().message == "cannot interrupt machine \"vm\": nothing runs on it");
  CHECK(recorder.heard == "console(a)ended(stopped by us,the power was cut by the lab)");
  CHECK(run(io, [&] { return machine.start(kBoot, recorder); }).error().message ==
        "cannot start \"klab-1-1\": machine \"vm\" still has boot \"klab-1-1\"; power it off first");
  machine.power_off_error.reset();
  REQUIRE(run(io, [&] { return machine.power_off(); }).has_value());
  REQUIRE(run(io, [&] { return machine.start(kBoot, recorder); }).has_value());
}

TEST_CASE("an interrupted fake prints what it was told to", "[machine]") {
  asio::io_context io;
  FakeMachine machine(io.get_executor(), MachineSpec{}, {FakeBoot{}});
  machine.after_nmi.console("backtrace");
  Recorder recorder;
  const auto idle = run(io, [&] { return machine.inject_nmi(); });
  CHECK(idle.error().message == "cannot interrupt machine \"vm\": nothing runs on it");
  run(io, [&] { return machine.prepare(kBoot); });
  REQUIRE(run(io, [&] { return machine.start(kBoot, recorder); }).has_value());
  REQUIRE(run(io, [&] { return machine.inject_nmi(); }).has_value());
  CHECK(recorder.heard == "console(backtrace)");
  CHECK(machine.nmis() == 1);
}

TEST_CASE("fake boots follow one another, and one may fail to start", "[machine]") {
  asio::io_context io;
  FakeBoot broken, good;
  broken.fails_to_start(lab_error("no disk"));
  good.ends(PowerEnd::powered_off);
  FakeMachine machine(io.get_executor(), MachineSpec{}, {broken, good});
  Recorder recorder;
  const auto unprepared = run(io, [&] { return machine.start(kBoot, recorder); });
  CHECK(unprepared.error().message == "cannot start \"klab-1-1\": machine \"vm\" has not been prepared");
  run(io, [&] { return machine.prepare(kBoot); });
  CHECK(run(io, [&] { return machine.start(kBoot, recorder); }).error().message == "no disk");
  for (int i = 0; i < 2; ++i) {
    REQUIRE(run(io, [&] { return machine.start(kBoot, recorder); }).has_value());
    REQUIRE(run(io, [&] { return machine.power_off(); }).has_value());
  }
  CHECK(recorder.heard == "ended(powered off,)ended(powered off,)");
}
