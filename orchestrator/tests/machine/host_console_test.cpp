// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/host_console.hpp"

#include "support/error_words.hpp"

#include <catch2/catch.hpp>

#include <optional>

#include "machine/virtual_time.hpp"

using namespace klab;
using namespace std::chrono_literals;

namespace {

// One line of a script: how its opening goes, what it says, and that it then ends.
struct Act {
  std::optional<Error> refusal;
  std::vector<std::string> says;
  std::string ends = "the BMC stopped answering";
};

class ScriptedLine : public ConsoleLine {
 public:
  explicit ScriptedLine(Act act) : act_(std::move(act)) {}
  boost::asio::awaitable<Result<void>> open() override {
    if (act_.refusal) co_return *act_.refusal;
    co_return Result<void>{};
  }
  boost::asio::awaitable<Result<std::string>> read() override {
    if (said_ < act_.says.size()) co_return act_.says[said_++];
    co_return lab_error("{}", act_.ends);
  }
  boost::asio::awaitable<Result<void>> write(std::string) override { co_return Result<void>{}; }
  void close() override {}

 private:
  Act act_;
  std::size_t said_ = 0;
};

struct Heard : HostConsoleEvents {
  void console_bytes(std::string_view bytes) override {
    log += bytes;
    if (bytes == "end") console->close();
  }
  void console_note(std::string text) override { log += "[" + text + "]"; }
  void console_down(bool down) override { log += down ? "(down)" : "(up)"; }
  std::string log;
  HostConsole* console = nullptr;
};

struct Stage {
  explicit Stage(std::vector<Act> script) : acts(std::move(script)) { heard.console = &console; }
  std::unique_ptr<ConsoleLine> next() { return std::make_unique<ScriptedLine>(acts.at(std::min(act++, acts.size() - 1))); }
  boost::asio::awaitable<Result<void>> whole() {
    auto opened = co_await console.open(60s, {});
    if (opened) co_await console.run();
    co_return opened;
  }
  std::vector<Act> acts;
  std::size_t act = 0;
  boost::asio::io_context io;
  test::VirtualTime time;
  Heard heard;
  HostConsole console{[this] { return next(); }, time, heard};
};

const Error unreachable = lab_error("cannot open the console: no answer");

}  // namespace

TEST_CASE("a console that drops is opened again, and the gap is noted with its length") {
  Stage stage({{{}, {"one "}, "another session took it"}, {unreachable, {}}, {unreachable, {}}, {{}, {"two ", "end"}}});
  REQUIRE(test::run(stage.io, stage.whole()));
  CHECK(stage.heard.log == "one [console lost: another session took it](down)[console back after 3.5 s; what the host said meanwhile is lost](up)two end");
}

TEST_CASE("a line that ends as soon as it opens is opened at a human pace, and a login that is refused is not tried again") {
  Stage busy({{{}, {}}, {{}, {}}, {{}, {}}, {{}, {}}, {{}, {}}, {{}, {}}, {{}, {"end"}}});
  REQUIRE(test::run(busy.io, busy.whole()));
  CHECK(busy.time.passed() > 15.0);
  Stage changed({{{}, {"one"}}, {input_error("cannot open the console: wrong password"), {}}});
  REQUIRE(test::run(changed.io, changed.whole()));
  CHECK(changed.act == 2);
  CHECK(changed.heard.log == "one[console lost: the BMC stopped answering](down)[console given up: cannot open the console: wrong password]");
}

TEST_CASE("opening is tried again until its limit; a configuration that cannot be right is told at once") {
  Stage late({{unreachable, {}}, {unreachable, {}}, {{}, {"end"}}});
  REQUIRE(test::run(late.io, late.whole()));
  Stage never({{unreachable, {}}});
  const auto silent = test::run(never.io, never.whole());
  REQUIRE_FALSE(silent);
  CHECK(silent.error().message == "cannot open the console: no answer");
  CHECK(never.time.passed() > 50.0);
  Stage wrong({{input_error("cannot open the console: wrong password"), {}}});
  REQUIRE_FALSE(test::run(wrong.io, wrong.whole()));
  CHECK(wrong.act == 1);
}
