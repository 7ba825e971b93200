// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/host_boot.hpp"

#include "support/error_words.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>

#include "machine/virtual_time.hpp"
#include "model/frame.hpp"

using namespace klab;
namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

class WillingBmc : public Bmc {
 public:
  Result<bool> is_on() override { return on_.load(); }
  Result<void> command(PowerVerb verb) override {
    on_ = verb == PowerVerb::on;
    return {};
  }
  Result<void> set_boot_device(BootDevice, NetbootWay) override { return {}; }
  Result<BootDevice> boot_device() override { return BootDevice::network; }
  Result<std::map<std::string, std::string>> identity() override { return std::map<std::string, std::string>{}; }

 private:
  std::atomic<bool> on_{false};
};

// The host's end of its serial line.
struct Wire {
  explicit Wire(asio::io_context& io) : moved(io, asio::steady_timer::time_point::max()) {}
  std::deque<std::string> says;
  std::vector<std::string> written;
  bool takes = true;  // what is written
  bool closed = false;
  asio::steady_timer moved;  // cancelled when anything of this has changed
};

class WireLine : public ConsoleLine {
 public:
  explicit WireLine(Wire& wire) : wire_(wire) {}
  awaitable<Result<void>> open() override { co_return Result<void>{}; }
  awaitable<Result<std::string>> read() override {
    while (!wire_.closed && wire_.says.empty()) co_await wire_.moved.async_wait(as_result);
    if (wire_.closed) co_return lab_error("it was closed here");
    std::string said = wire_.says.front();
    wire_.says.pop_front();
    co_return said;
  }
  awaitable<Result<void>> write(std::string bytes) override {
    wire_.written.push_back(std::move(bytes));
    while (!wire_.closed && !wire_.takes) co_await wire_.moved.async_wait(as_result);
    co_return Result<void>{};
  }
  void close() override {
    wire_.closed = true;
    wire_.moved.cancel();
  }

 private:
  Wire& wire_;
};

struct Heard : BootEvents {
  std::vector<std::string> notes;
  std::string of_results;
  std::string end;
  void console(std::string_view) override {}
  void results(std::string_view bytes) override { of_results += bytes; }
  void note(std::string text) override { notes.push_back(std::move(text)); }
  void loading() override {}
  void loaded() override {}
  void results_cut(bool) override {}
  void ended(PowerEnd how, std::string detail) override { end += std::string(name(how)) + ": " + detail; }
};

// A host that is switched on and waits for its script.
struct Stage {
  explicit Stage(std::chrono::seconds netboot_limit = std::chrono::hours(1)) {
    host.name = "h";
    host.mac = "52:54:00:00:00:01";
    host.results = DeliveryWay::console;
    host.netboot_limit = netboot_limit;
    HostConsole::MakeLine make = [this] { return std::make_unique<WireLine>(wire); };
    HostBoot::Means means{io.get_executor(), host, power, board, time, std::move(make)};
    boot = std::make_shared<HostBoot>(std::move(means), "t0ken", NetbootOffer{"h", host.mac, "klab-1-1-1", "/k", "/i", "quiet"}, heard);
    boot->begin();
    until([&] { return boot->powered(); });
  }
  template <class Condition>
  void until(Condition holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      io.run_one_for(std::chrono::seconds(1));
    }
  }
  void load() {
    boot->script_asked("10.0.0.5");
    boot->file_progress("kernel", 100, 100, true);
    boot->file_progress("initramfs", 100, 100, true);
  }
  void says_frame(std::uint64_t sequence) {
    wire.says.push_back(frame(sequence));
    wire.moved.cancel();
  }
  static std::string frame(std::uint64_t sequence) { return fmt::format("klab1 {} 1 {:08x} x\n", sequence, crc32("x")); }
  void finish() {
    bool finished = false;
    auto job = boot->finish();
    asio::co_spawn(io, std::move(job), [&](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
      finished = true;
    });
    until([&] { return finished; });
  }
  std::vector<std::string> notes_with(std::string_view word) const {
    std::vector<std::string> found;
    for (const auto& note : heard.notes)
      if (note.find(word) != std::string::npos) found.push_back(note);
    return found;
  }

  asio::io_context io;
  test::VirtualTime time;
  NetbootBoard board;
  HostSpec host;
  HostPower power{host, std::make_shared<WillingBmc>(), time};
  Wire wire{io};
  Heard heard;
  std::shared_ptr<HostBoot> boot;
};

}  // namespace

TEST_CASE("frames on the console are answered one at a time, and with the newest number") {
  Stage stage;
  stage.load();
  stage.wire.takes = false;
  stage.says_frame(0);
  stage.until([&] { return !stage.wire.written.empty(); });
  std::string sent = Stage::frame(0);
  for (std::uint64_t i = 1; i < 100; ++i) {
    stage.says_frame(i);
    sent += Stage::frame(i);
    stage.until([&] { return stage.heard.of_results == sent; });
  }
  CHECK(stage.wire.written == std::vector<std::string>{"\nklab-next 1\n"});
  stage.wire.takes = true;
  stage.wire.moved.cancel();
  stage.until([&] { return stage.wire.written.size() == 2; });
  CHECK(stage.wire.written.back() == "\nklab-next 100\n");
  // An answer that the line does not take does not keep the boot from its end.
  stage.wire.takes = false;
  stage.says_frame(100);
  stage.until([&] { return stage.wire.written.size() == 3; });
  stage.finish();
  CHECK(stage.heard.end == "stopped by us: ");
  CHECK(stage.wire.written.size() == 3);
}

TEST_CASE("what a host can repeat as often as it likes is noted a few times and then counted") {
  Stage stage;
  for (int i = 0; i < 1000; ++i) {
    stage.boot->refused("a result of 10.0.0.9");
    stage.boot->script_asked("10.0.0.5");
  }
  CHECK(stage.notes_with("refused") == std::vector<std::string>(10, "refused: a result of 10.0.0.9"));
  CHECK(stage.notes_with("script") == std::vector<std::string>(10, "boot script asked for by 10.0.0.5"));
  const auto before = stage.heard.notes.size();
  stage.finish();
  REQUIRE(stage.heard.notes.size() >= before + 2);
  CHECK(std::vector<std::string>(stage.heard.notes.end() - 2, stage.heard.notes.end()) ==
        std::vector<std::string>{"boot script asked for 990 more times", "990 more refusals, which are not listed"});
}

TEST_CASE("a host whose request was refused is told why it got no kernel") {
  const std::string beginning = "failed: host \"h\" did not get its kernel within 0 s of power-on: ";
  Stage refused(std::chrono::seconds(0));
  refused.boot->refused("a request for the boot script by 10.0.0.9, which has not the MAC address 52:54:00:00:00:01");
  refused.until([&] { return !refused.heard.end.empty(); });
  CHECK(refused.heard.end ==
        beginning + "klabd refused a request for the boot script by 10.0.0.9, which has not the MAC address 52:54:00:00:00:01");
  refused.finish();
  Stage silent(std::chrono::seconds(0));
  silent.says_frame(0);  // of a kernel that ran before, and no request
  silent.until([&] { return !silent.heard.end.empty(); });
  CHECK(silent.heard.end == beginning +
                                "it never asked klabd for its boot script: look at DHCP, at what its firmware boots from, and at the MAC address "
                                "52:54:00:00:00:01");
  silent.finish();
}
