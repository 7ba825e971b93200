// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/boot_run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <regex>

#include "machine/fake.hpp"
#include "workload/frames.hpp"

using namespace klab;
namespace asio = boost::asio;

namespace {

constexpr const char* console_start =
    "[    0.000000] Linux version 6.12.0 (klab@klab)\nklab: init\nklab: runner start\n";

WorkloadRun workload() {
  WorkloadRun run;
  run.definition.name = "w";
  run.definition.cases = {"a"};
  run.definition.metrics = {{.name = "time", .unit = "ns", .better = Better::lower, .primary = true, .min_change = 0}};
  run.passes = 2;
  return run;
}

// The frames of a job, numbered as they come.
class Frames {
 public:
  Frames& add(const std::string& payload) {
    text_ += fmt::format("klab1 {} {} {:08x} {}\n", sequence_++, payload.size(), crc32(payload), payload);
    return *this;
  }
  Frames& hello() {
    return add(R"({"type":"hello","protocol":1,"job":"n1","release":"6.12.0","version":"#1","machine":"x86_64","cpus":2,)"
               R"("command_line":"quiet","clocksource":"tsc","hypervisor":"TCGTCGTCGTCG","dmi":"n/a",)"
               R"("cpu":"Some CPU","microcode":"0x1","turbo":"n/a","smt":"n/a","cstates":"n/a","governor":"n/a",)"
               R"("mitigations":"n/a","throttled":"n/a"})");
  }
  Frames& pass(int number, double value) {
    add(fmt::format(R"({{"type":"begin","workload":"w","case":"a","pass":{},"warmup":{}}})", number, number == 0));
    return add(fmt::format(R"({{"type":"sample","workload":"w","case":"a","pass":{},"warmup":{},"metric":"time","value":{}}})",
                           number, number == 0, value));
  }
  Frames& end(int samples) {
    return add(fmt::format(R"({{"type":"end","samples":{},"status":"ok","clocksource":"tsc","throttled":"n/a"}})", samples));
  }
  operator std::string() const { return text_; }

 private:
  std::string text_;
  int sequence_ = 0;
};

std::string whole_job() { return Frames().hello().pass(0, 90).pass(1, 10).pass(2, 20).end(3); }

struct Run {
  BootEnd end;
  int power_offs = 0;
  int nmis = 0;
};

Run run(FakeBoot boot, BootLimits limits = {}, std::function<void(FakeMachine&, std::stop_source&)> arrange = {},
        std::size_t console_limit = 4u << 20, Acceleration acceleration = Acceleration::tcg) {
  limits.quiet = std::chrono::milliseconds(10);
  asio::io_context reactor(1);
  FakeMachine machine(reactor.get_executor(), MachineSpec{}, {std::move(boot)});
  std::stop_source stop;
  if (arrange) arrange(machine, stop);
  BootJob job;
  job.spec = {"klab-1-1", "/k", "/i", "console=ttyS0"};
  job.workloads = {workload()};
  job.nonce = "n1";
  job.limits = limits;
  job.console_limit = console_limit;
  job.acceleration = acceleration;
  Run run;
  auto coroutine = [](FakeMachine& on, BootJob what, std::stop_token token) -> asio::awaitable<BootEnd> {
    auto prepared = co_await on.prepare(what.spec);
    CHECK(prepared.has_value());
    co_return co_await run_boot(on, what, {}, token);
  }(machine, job, stop.get_token());
  asio::co_spawn(reactor, std::move(coroutine), [&](std::exception_ptr thrown, BootEnd end) {
    if (thrown) std::rethrow_exception(thrown);
    run.end = std::move(end);
  });
  reactor.run();
  run.power_offs = machine.power_offs();
  run.nmis = machine.nmis();
  CHECK_FALSE(machine.running());
  return run;
}

BootLimits short_limits() {
  BootLimits limits;
  limits.boot = limits.silence = limits.run = std::chrono::milliseconds(300);
  limits.report = limits.settle = limits.diagnosis = limits.power_off = std::chrono::milliseconds(100);
  return limits;
}

}  // namespace

TEST_CASE("boot: a good one has samples, and the median of the passes kept") {
  const auto r = run(FakeBoot().console(console_start).results(whole_job()).ends(PowerEnd::powered_off));
  CHECK(r.end.outcome == Outcome::ok);
  CHECK(r.end.title.empty());
  CHECK(r.end.samples.size() == 3);
  REQUIRE(r.end.summaries.size() == 1);
  CHECK(r.end.summaries[0].value == 15.0);
  CHECK(r.end.summaries[0].passes == 2);
  CHECK(r.end.guest_facts.at("release") == "6.12.0");
  CHECK(r.end.seconds_to_userspace.has_value());
  CHECK(r.power_offs == 1);
}

TEST_CASE("boot: a panic is a crash with its title, and nothing is summarised") {
  const auto r = run(FakeBoot()
                         .console(console_start)
                         .results(Frames().hello().pass(0, 90))
                         .console("[    3.000000] Kernel panic - not syncing: because\n[    3.000001] CPU: 0 PID: 1\n"
                                  "[    3.100000] ---[ end Kernel panic - not syncing: because ]---\n"));
  CHECK(r.end.outcome == Outcome::crashed);
  CHECK(r.end.title == "kernel panic: because");
  CHECK(r.end.excerpt.find("end Kernel panic") != std::string::npos);
  CHECK(r.end.samples.size() == 1);
  CHECK(r.end.summaries.empty());
}

TEST_CASE("boot: the panic that a finished report leads to is kept whole") {
  const auto r = run(FakeBoot()
                         .console(console_start)
                         .results(Frames().hello())
                         .console("[    3.000000] ------------[ cut here ]------------\n"
                                  "[    3.000001] WARNING: CPU: 0 PID: 1 at kernel/a.c:3 careless+0x1/0x2\n"
                                  "[    3.000002] RIP: 0010:careless+0x1/0x2\n"
                                  "[    3.000003] ---[ end trace 0000000000000000 ]---\n"
                                  "[    3.000004] Kernel panic - not syncing: kernel: panic_on_warn set ...\n")
                         .console("[    3.000005] Call Trace:\n[    3.000006]  panic+0x1/0x2\n")
                         .console("[    3.000007] ---[ end Kernel panic - not syncing: kernel: panic_on_warn set ... ]---\n"));
  CHECK(r.end.outcome == Outcome::crashed);
  CHECK(r.end.title == "WARNING in careless");
  CHECK(r.end.console.find("---[ end Kernel panic") != std::string::npos);
}

TEST_CASE("boot: a crash after the last result is still a crash") {
  const auto r = run(FakeBoot()
                         .console(console_start)
                         .results(whole_job())
                         .console("[    3.000000] Kernel panic - not syncing: late\n[    3.100000] ---[ end Kernel panic - not syncing: late ]---\n"));
  CHECK(r.end.outcome == Outcome::crashed);
  CHECK(r.end.summaries.empty());
}

TEST_CASE("boot: silence is first asked for backtraces, then a hang") {
  auto limits = short_limits();
  limits.run = limits.boot = std::chrono::seconds(60);
  const auto r = run(FakeBoot().console(console_start).results(Frames().hello().pass(0, 90)), limits,
                     [](FakeMachine& machine, std::stop_source&) {
                       machine.after_nmi.console("[    9.000000] NMI backtrace for cpu 0\n[    9.000000] RIP: 0010:stuck_here+0x1/0x2\n");
                     });
  CHECK(r.end.outcome == Outcome::hung);
  CHECK(r.end.title == "silent for 300 ms");
  CHECK(r.nmis == 1);
  CHECK(r.end.excerpt.find("stuck_here") != std::string::npos);
}

TEST_CASE("boot: a kernel that never reaches the runner has failed to boot") {
  auto limits = short_limits();
  limits.silence = limits.run = std::chrono::seconds(60);
  const auto r = run(FakeBoot().console("[    0.000000] Linux version 6.12.0\n"), limits);
  CHECK(r.end.outcome == Outcome::boot_failed);
  CHECK(r.end.title == "did not reach the runner within 300 ms");
}

TEST_CASE("boot: a guest that powers off before its runner has failed to boot") {
  const auto r = run(FakeBoot().console("[    0.000000] Linux version 6.12.0\n").ends(PowerEnd::powered_off));
  CHECK(r.end.outcome == Outcome::boot_failed);
  CHECK(r.end.title == "powered off before the runner started");
}

TEST_CASE("boot: results that cannot be true are a failed workload, never a number") {
  auto limits = short_limits();
  limits.silence = limits.run = limits.boot = std::chrono::seconds(60);
  const auto r = run(FakeBoot().console(console_start).results(std::string(Frames().hello()) + "garbage\n"), limits);
  CHECK(r.end.outcome == Outcome::workload_failed);
  CHECK_FALSE(r.end.title.empty());
  CHECK(r.end.summaries.empty());
}

TEST_CASE("boot: results that stop short are a failed workload") {
  const auto r = run(FakeBoot().console(console_start).results(Frames().hello().pass(0, 90)).ends(PowerEnd::powered_off));
  CHECK(r.end.outcome == Outcome::workload_failed);
  CHECK(r.end.summaries.empty());
}

TEST_CASE("boot: a crash that shows after wrong results explains them") {
  auto limits = short_limits();
  limits.silence = limits.run = limits.boot = std::chrono::seconds(60);
  limits.settle = std::chrono::seconds(60);
  const auto r = run(FakeBoot()
                         .console(console_start)
                         .results(std::string(Frames().hello()) + "garbage\n")
                         .console("[    3.000000] Kernel panic - not syncing: x\n[    3.100000] ---[ end Kernel panic - not syncing: x ]---\n"),
                     limits);
  CHECK(r.end.outcome == Outcome::crashed);
}

TEST_CASE("boot: a finished guest that does not power off is a hang") {
  auto limits = short_limits();
  limits.silence = limits.run = limits.boot = std::chrono::seconds(60);
  const auto r = run(FakeBoot().console(console_start).results(whole_job()), limits);
  CHECK(r.end.outcome == Outcome::hung);
  CHECK(r.end.title == "finished its workloads but did not power off within 100 ms");
  CHECK(r.end.summaries.empty());
}

TEST_CASE("boot: a machine that does not start, or fails, is the lab's") {
  const auto start = run(FakeBoot().fails_to_start(lab_error("cannot start \"x\": no memory")));
  CHECK(start.end.outcome == Outcome::lab_error);
  CHECK(start.end.title == "cannot start \"x\": no memory");
  const auto later = run(FakeBoot().console(console_start).ends(PowerEnd::failed, "QEMU died"));
  CHECK(later.end.outcome == Outcome::lab_error);
  CHECK(later.end.title == "the machine failed: QEMU died");
}

TEST_CASE("boot: a machine whose power cannot be cut is the lab's, whatever the boot has shown") {
  const auto r = run(FakeBoot().console(console_start).results(whole_job()).ends(PowerEnd::powered_off), {},
                     [](FakeMachine& machine, std::stop_source&) { machine.power_off_error = lab_error("cannot destroy domain \"d\": busy"); });
  CHECK(r.end.outcome == Outcome::lab_error);
  CHECK(r.end.title == "cannot destroy domain \"d\": busy");
  CHECK(r.end.summaries.empty());
  CHECK(r.power_offs == 1);
}

TEST_CASE("boot: a stop powers off and is an interruption") {
  const auto r = run(FakeBoot().console(console_start), {}, [](FakeMachine& machine, std::stop_source& stop) {
    machine.on_start = [&stop](const BootSpec&) { stop.request_stop(); };
  });
  CHECK(r.end.outcome == Outcome::interrupted);
  CHECK(r.power_offs == 1);
}

TEST_CASE("boot: a console that floods is cut, and says so") {
  const auto r = run(FakeBoot().console(console_start).results(Frames().hello()).console(std::string(5000, 'x')), {}, {}, 1000);
  CHECK(r.end.console.size() == 1000);
  CHECK(r.end.outcome == Outcome::hung);
  CHECK(r.end.title.starts_with("flooded its console: 1000 bytes kept, at least "));
}

TEST_CASE("boot limits: a workload within its own limits is never a hang") {
  MachineSpec machine;
  machine.boot_limit = std::chrono::seconds(60);
  machine.silence_limit = std::chrono::seconds(60);
  machine.run_limit = std::chrono::seconds(600);
  WorkloadRun slow;
  slow.definition.cases = {"a", "b"};
  slow.passes = 3;
  slow.pass_timeout = std::chrono::seconds(120);
  CHECK(boot_limits(machine, {}).silence == std::chrono::seconds(60));
  CHECK(boot_limits(machine, {slow}).silence == std::chrono::seconds(125));
  CHECK(boot_limits(machine, {slow}).run == std::chrono::seconds(60 + 125 * 8));
  slow.pass_timeout = std::chrono::seconds(5);
  CHECK(boot_limits(machine, {slow}).silence == std::chrono::seconds(60));
  CHECK(boot_limits(machine, {slow}).run == std::chrono::seconds(600));
}

TEST_CASE("limits of a boot count from the moment the kernel is there; before that the machine has its own") {
  FakeBoot boot;
  boot.loading().console("BIOS\n").note("power on");
  auto limits = short_limits();
  // Nothing but the machine itself ends a boot that is still being brought its kernel.
  const auto failed = run(FakeBoot(boot).ends(PowerEnd::failed, "host \"h\" did not get its kernel"), limits);
  CHECK(failed.end.outcome == Outcome::lab_error);
  CHECK(failed.end.title == "the machine failed: host \"h\" did not get its kernel");
  const auto silent = run(boot.loaded(), limits);
  CHECK(silent.end.outcome == Outcome::boot_failed);
  CHECK(silent.end.title.find("300 ms") != std::string::npos);
}

TEST_CASE("notes are kept with their time, and stand in the console's log between its lines") {
  FakeBoot boot;
  boot.note("power on").console("Linux ver").note("first").console("sion 6.12\nklab: init\n").note("second").results(whole_job());
  boot.console("last words").note("third").ends(PowerEnd::powered_off);
  const auto ended = run(boot).end;
  CHECK(ended.outcome == Outcome::ok);
  REQUIRE(ended.notes.size() == 4);
  CHECK(ended.notes[1].text == "first");
  CHECK(ended.notes[0].seconds >= 0.0);
  CHECK(std::regex_replace(ended.console, std::regex("klab [0-9.]+ s"), "klab 0.0 s") ==
        "[klab 0.0 s: power on]\nLinux version 6.12\n[klab 0.0 s: first]\nklab: init\n[klab 0.0 s: second]\nlast words\n[klab 0.0 s: third]\n");
}

TEST_CASE("a host that reboots in the middle of its workloads has crashed") {
  FakeBoot boot;
  boot.console(console_start).results(Frames().hello().pass(0, 90)).ends(PowerEnd::rebooted, "the host came for a kernel again");
  const auto ended = run(boot).end;
  CHECK(ended.outcome == Outcome::crashed);
  CHECK(ended.title == "rebooted by itself in the middle of its workloads");
}

TEST_CASE("what is configured as bare metal is not called so when its guest sees a hypervisor") {
  FakeBoot boot;
  boot.console(console_start).results(whole_job()).ends(PowerEnd::powered_off);
  const auto arrange = [](FakeMachine&, std::stop_source&) {};
  const auto seen = run(boot, {}, arrange, 4u << 20, Acceleration::bare_metal).end;
  CHECK(seen.acceleration == "host under a hypervisor");
  REQUIRE(seen.notes.size() == 1);
  CHECK(seen.notes[0].text == "configured as bare metal, but the guest sees a hypervisor: cpuid says \"TCGTCGTCGTCG\"");
  CHECK(run(boot, {}, arrange, 4u << 20, Acceleration::simulated_host).end.acceleration.empty());
}

TEST_CASE("a host whose power-off nobody sees has finished all the same; a virtual machine must go off") {
  FakeBoot boot;
  boot.console(console_start).results(whole_job());
  auto limits = short_limits();
  limits.power_off = std::chrono::milliseconds(600);  // longer than the silence that is allowed
  limits.run = std::chrono::milliseconds(1000);
  limits.must_power_off = false;
  CHECK(run(boot, limits).end.outcome == Outcome::ok);
  limits.must_power_off = true;
  const auto hung = run(boot, limits).end;
  CHECK(hung.outcome == Outcome::hung);
  CHECK(hung.title == "finished its workloads but did not power off within 600 ms");
}

TEST_CASE("what a console says before the kernel is there is kept and judged by nobody") {
  FakeBoot boot;
  boot.loading().console("[    1.0] Linux version 5.10\n[    2.0] Kernel panic - not syncing: an old one\n").loaded();
  boot.console(console_start).results(whole_job()).ends(PowerEnd::powered_off);
  const auto ended = run(boot).end;
  CHECK(ended.outcome == Outcome::ok);
  CHECK(ended.console.find("an old one") != std::string::npos);
}

TEST_CASE("results that are missing because their way was cut are the lab's fault, not the kernel's") {
  FakeBoot boot;
  boot.console(console_start).results(Frames().hello().pass(0, 90)).cut(true);
  const auto lost = run(FakeBoot(boot).ends(PowerEnd::powered_off)).end;
  CHECK(lost.outcome == Outcome::lab_error);
  CHECK(lost.title == "the console that carries the results was lost, and results are missing");
  FakeBoot back;
  back.console(console_start).cut(true).cut(false).results(whole_job()).ends(PowerEnd::powered_off);
  CHECK(run(back).end.outcome == Outcome::ok);
}
