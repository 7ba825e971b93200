// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/power.hpp"

#include "support/error_words.hpp"

#include <catch2/catch.hpp>

#include "machine/virtual_time.hpp"

using namespace klab;
using namespace std::chrono_literals;
using klab::test::VirtualTime;

namespace {

// A BMC whose state follows its commands, late, not at all, or with refusals.
class ScriptedBmc : public Bmc {
 public:
  explicit ScriptedBmc(VirtualTime& time) : time_(time) {}

  Result<bool> is_on() override {
    ++questions;
    if (unreachable_for > 0) {
      --unreachable_for;
      return lab_error("cannot reach the BMC");
    }
    if (configuration_error) return input_error("cannot log in: wrong password");
    return time_.now() >= changes_at_ ? wanted_ : !wanted_;
  }
  Result<void> command(PowerVerb verb) override {
    commands.push_back(verb);
    if (refuses) return lab_error("cannot switch on the power of host \"h\": its BMC refuses (completion code 0xff)");
    if (static_cast<int>(commands.size()) <= ignores) return {};
    const bool on = verb == PowerVerb::on;
    if (on != wanted_) {
      wanted_ = on;
      changes_at_ = time_.now() + lag;
    }
    return {};
  }
  Result<void> set_boot_device(BootDevice device, NetbootWay way) override {
    ++sets;
    last_way = way;
    if (sets > forgets) kept_ = device;
    return {};
  }
  Result<BootDevice> boot_device() override { return kept_; }
  Result<std::map<std::string, std::string>> identity() override { return std::map<std::string, std::string>{}; }

  std::chrono::seconds lag{0};
  int unreachable_for = 0, ignores = 0, forgets = 0, questions = 0, sets = 0;
  bool refuses = false, configuration_error = false;
  std::vector<PowerVerb> commands;
  NetbootWay last_way = NetbootWay::legacy;

 private:
  VirtualTime& time_;
  bool wanted_ = false;
  Timekeeper::Clock::time_point changes_at_{};
  BootDevice kept_ = BootDevice::none;
};

struct Fixture {
  Fixture() {
    host.name = "h";
    host.power_limit = 60s;
  }
  Result<void> switch_to(bool on, std::stop_token stop = {}) {
    HostPower power(host, bmc, time);
    return test::run(io, power.switch_to(on, stop));
  }
  boost::asio::io_context io;
  VirtualTime time;
  HostSpec host;
  std::shared_ptr<ScriptedBmc> bmc = std::make_shared<ScriptedBmc>(time);
};

}  // namespace

TEST_CASE("a verb is given once and read back until it holds") {
  Fixture f;
  f.bmc->lag = 7s;
  REQUIRE(f.switch_to(true));
  CHECK(f.bmc->commands == std::vector{PowerVerb::on});
  CHECK(f.time.passed() >= 7.0);
  CHECK(f.time.passed() < 10.0);
}

TEST_CASE("what is so already needs no verb") {
  Fixture f;
  REQUIRE(f.switch_to(false));
  CHECK(f.bmc->commands.empty());
  CHECK(f.bmc->questions == 1);
}

TEST_CASE("a verb that is lost is given again, a bounded number of times") {
  Fixture f;
  f.bmc->ignores = 2;
  REQUIRE(f.switch_to(true));
  CHECK(f.bmc->commands.size() == 3);
  Fixture deaf;
  deaf.bmc->ignores = 1000;
  const auto done = deaf.switch_to(true);
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "cannot switch on the power of host \"h\": 1 m 00 s after the first of 4 commands its BMC still says "
                                "\"off\"; raise power_limit when it is slow");
  CHECK(deaf.bmc->commands.size() == 4);
}

TEST_CASE("a state that lies for half a minute is waited for") {
  Fixture f;
  f.bmc->lag = 30s;
  REQUIRE(f.switch_to(true));
  CHECK(f.time.passed() >= 30.0);
  Fixture hasty;
  hasty.host.power_limit = 20s;
  hasty.bmc->lag = 30s;
  const auto done = hasty.switch_to(true);
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::lab);
}

TEST_CASE("a refusal is named when the deadline has passed") {
  Fixture f;
  f.bmc->refuses = true;
  const auto done = f.switch_to(true);
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "cannot switch on the power of host \"h\": its BMC refuses (completion code 0xff) (tried for 1 m 00 s)");
}

TEST_CASE("a BMC that is silent for a while is asked again; a wrong password is told at once") {
  Fixture f;
  f.bmc->unreachable_for = 5;
  REQUIRE(f.switch_to(true));
  Fixture dead;
  dead.bmc->unreachable_for = 1000;
  const auto silent = dead.switch_to(true);
  REQUIRE_FALSE(silent);
  CHECK(silent.error().message == "cannot reach the BMC (tried for 1 m 00 s)");
  Fixture wrong;
  wrong.bmc->configuration_error = true;
  const auto refused = wrong.switch_to(true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::input);
  CHECK(wrong.bmc->questions == 1);
  CHECK(wrong.time.passed() == 0.0);
}

TEST_CASE("a stop ends the wait without another verb") {
  Fixture f;
  std::stop_source stop;
  stop.request_stop();
  const auto done = f.switch_to(true, stop.get_token());
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::stopped);
  CHECK(f.bmc->commands.empty());
}

TEST_CASE("the boot device is set until the BMC keeps it") {
  Fixture f;
  f.host.netboot = NetbootWay::uefi;
  f.bmc->forgets = 2;
  HostPower power(f.host, f.bmc, f.time);
  REQUIRE(test::run(f.io, power.boot_from_network({})));
  CHECK(f.bmc->sets == 3);
  CHECK(f.bmc->last_way == NetbootWay::uefi);
  Fixture forgetful;
  forgetful.bmc->forgets = 1000;
  HostPower other(forgetful.host, forgetful.bmc, forgetful.time);
  const auto done = test::run(forgetful.io, other.boot_from_network({}));
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "cannot set the boot device of host \"h\": its BMC accepts the network and does not keep it");
}
