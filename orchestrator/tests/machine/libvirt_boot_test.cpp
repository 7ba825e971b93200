// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/boot.hpp"

#include "support/error_words.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "util/file.hpp"

using namespace klab;
namespace asio = boost::asio;
using asio::awaitable;

namespace {

struct Heard : BootEvents {
  std::string log;
  void console(std::string_view bytes) override { log += "console(" + std::string(bytes) + ")"; }
  void results(std::string_view bytes) override { log += "results(" + std::string(bytes) + ")"; }
  void note(std::string text) override { log += "note(" + text + ")"; }
  void loading() override {}
  void loaded() override {}
  void results_cut(bool) override {}
  void ended(PowerEnd end, std::string detail) override { log += "ended(" + std::string(name(end)) + ", " + detail + ")"; }
};

// A boot without libvirt: QEMU's ends of its channels are here.
struct Domain {
  Domain() : folder(TemporaryDirectory::create("/tmp", "klab-boot").value()), console(io), results(io) {
    boot = LibvirtBoot::listen(io.get_executor(), folder.path() / "run", false, {}, heard).value();
    boot->begin();
    const auto paths = boot->channels();
    console.connect(asio::local::stream_protocol::endpoint(paths.console.string()));
    results.connect(asio::local::stream_protocol::endpoint(paths.results.string()));
  }
  void says(std::string_view words) { asio::write(console, asio::buffer(words)); }
  void dies() {
    console.close();
    results.close();
  }
  void hear(const std::string& wanted) {
    while (heard.log != wanted) REQUIRE(io.run_one() == 1);
  }
  // Not until the reactor has nothing to do: it reads as long as the domain lives.
  Result<void> stop(LibvirtBoot::Destroy destroy) {
    std::optional<Result<void>> stopped;
    auto job = boot->stop(std::move(destroy));
    asio::co_spawn(io, std::move(job), [&](std::exception_ptr thrown, Result<void> result) {
      if (thrown) std::rethrow_exception(thrown);
      stopped = std::move(result);
    });
    io.restart();
    while (!stopped) REQUIRE(io.run_one() == 1);
    return *stopped;
  }

  asio::io_context io;
  TemporaryDirectory folder;
  Heard heard;
  std::shared_ptr<LibvirtBoot> boot;
  asio::local::stream_protocol::socket console, results;
};

}  // namespace

TEST_CASE("a domain that is destroyed is read to its end first") {
  Domain domain;
  domain.says("Linux");
  domain.hear("console(Linux)");
  LibvirtBoot::Destroy destroy = [&]() -> awaitable<Result<void>> {
    domain.says(" version");
    domain.dies();
    co_return Result<void>{};
  };
  REQUIRE(domain.stop(std::move(destroy)));
  CHECK(domain.heard.log == "console(Linux)console( version)ended(stopped by us, the power was cut by the lab)");
}

TEST_CASE("a domain that cannot be destroyed says nothing more, and can be destroyed later") {
  Domain domain;
  domain.says("Linux");
  domain.hear("console(Linux)");
  int tries = 0;
  LibvirtBoot::Destroy destroy = [&]() -> awaitable<Result<void>> {
    if (++tries == 1) co_return lab_error("cannot destroy domain \"d\": Device or resource busy");
    co_return Result<void>{};
  };
  const auto failed = domain.stop(destroy);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == "cannot destroy domain \"d\": Device or resource busy");
  const std::string told = "console(Linux)ended(stopped by us, the power was cut by the lab)";
  CHECK(domain.heard.log == told);
  // Whoever listened may not be there any more when QEMU speaks, and when it ends.
  domain.says("still there");
  domain.dies();
  domain.boot->lifecycle(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FAILED);
  domain.io.run();
  CHECK(domain.heard.log == told);
  REQUIRE(domain.stop(destroy));
  CHECK(domain.heard.log == told);
  CHECK(tries == 1);  // it was seen to be gone
}

TEST_CASE("a domain that cannot be destroyed at first is destroyed by the next try") {
  Domain domain;
  int tries = 0;
  LibvirtBoot::Destroy destroy = [&]() -> awaitable<Result<void>> {
    if (++tries == 1) co_return lab_error("cannot destroy domain \"d\": Device or resource busy");
    domain.dies();
    co_return Result<void>{};
  };
  REQUIRE_FALSE(domain.stop(destroy));
  CHECK_FALSE(domain.boot->gone());
  REQUIRE(domain.stop(destroy));
  CHECK(tries == 2);
  CHECK(domain.heard.log == "ended(stopped by us, the power was cut by the lab)");
  const auto directory = domain.boot->channels().console.parent_path();
  CHECK(std::filesystem::exists(directory));
  domain.boot.reset();
  domain.io.run();
  CHECK_FALSE(std::filesystem::exists(directory));
}
