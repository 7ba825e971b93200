// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/frame_assembly.hpp"

#include <catch2/catch.hpp>

#include "machine/ipmi/console_frames.hpp"
#include "machine/ipmi/console_line.hpp"
#include "model/frame.hpp"

using namespace klab;

namespace {

std::string line(std::uint64_t sequence, std::string payload) {
  return fmt::format("klab1 {} {} {:08x} {}", sequence, payload.size(), crc32(payload), payload);
}

}  // namespace

TEST_CASE("frames leave in order, once each, whatever order they come in") {
  FrameAssembly frames(1 << 20);
  CHECK(frames.take(line(1, "b")).in_order.empty());
  CHECK(frames.next() == 0);
  CHECK(frames.take(line(0, "a")).in_order == line(0, "a") + "\n" + line(1, "b") + "\n");
  CHECK(frames.next() == 2);
  const auto again = frames.take(line(1, "b"));
  CHECK(again.in_order.empty());
  CHECK(again.refused.empty());
}

TEST_CASE("what is damaged, or says something else under a known number, is refused and never leaves") {
  FrameAssembly frames(1 << 20);
  REQUIRE_FALSE(frames.take(line(0, "a")).in_order.empty());
  const auto other = frames.take(line(0, "z"));
  CHECK(other.in_order.empty());
  CHECK(other.refused == std::vector<std::string>{"a second frame 0 with another content"});
  CHECK_FALSE(other.damaged);
  std::string bent = line(1, "b");
  bent.back() = 'c';
  const auto damaged = frames.take(bent);
  CHECK(damaged.damaged);
  CHECK(damaged.in_order.empty());
  CHECK(frames.next() == 1);
  CHECK(frames.take(line(1, "b")).in_order == line(1, "b") + "\n");
}

TEST_CASE("a guest cannot fill the lab's memory with frames that wait") {
  FrameAssembly frames(100);
  CHECK(frames.take(line(5, std::string(50, 'x'))).refused.empty());
  CHECK(frames.take(line(6, std::string(50, 'x'))).refused == std::vector<std::string>{"more than 100 bytes of results"});
}

TEST_CASE("frames that wait are few, and old ones are forgotten without being taken twice") {
  FrameAssembly frames(1 << 24);
  for (std::uint64_t i = 1; i <= 4096; ++i) REQUIRE(frames.take(line(i, "x")).refused.empty());
  CHECK(frames.take(line(5000, "x")).refused == std::vector<std::string>{"frame 5000 with 4096 others that wait for frame 0"});
  REQUIRE_FALSE(frames.take(line(0, "x")).in_order.empty());
  for (std::uint64_t i = 4097; i < 20000; ++i) REQUIRE_FALSE(frames.take(line(i, "x")).in_order.empty());
  const auto old = frames.take(line(3, "something else"));
  CHECK(old.in_order.empty());
  CHECK(frames.next() == 20000);
}

TEST_CASE("a console is parted into text and frames, wherever it is cut") {
  const std::string console = "[ 0.1] Linux\nklab1 0 1 aaaaaaaa x\r\nklab is no frame\nkl";
  for (std::size_t cut = 0; cut <= console.size(); ++cut) {
    ConsoleFrames parting;
    auto first = parting.feed(console.substr(0, cut));
    auto second = parting.feed(console.substr(cut));
    CHECK(first.text + second.text == "[ 0.1] Linux\nklab is no frame\n");
    first.frames.insert(first.frames.end(), second.frames.begin(), second.frames.end());
    CHECK(first.frames == std::vector<std::string>{"klab1 0 1 aaaaaaaa x"});
  }
  ConsoleFrames parting;
  CHECK(parting.feed("kl").text.empty());
  CHECK(parting.feed("ogin: ").text == "klogin: ");
}

TEST_CASE("a line that begins like a frame and never ends does not stay in memory") {
  ConsoleFrames parting;
  const auto parts = parting.feed("klab1 " + std::string(70000, 'x'));
  CHECK(parts.text.size() == 70006);
}

TEST_CASE("telnet's own bytes are taken out and every option is declined once") {
  TelnetFilter filter;
  const std::string will_echo = "\xff\xfb\x01", do_size = "\xff\xfd\x1f", sub = "\xff\xfa\x18\x01\xff\xf0", quoted = "\xff\xff";
  CHECK(filter.take("a" + will_echo + "b" + do_size + sub + quoted + "\xff") == "ab\xff");
  CHECK(filter.answer() == "\xff\xfe\x01\xff\xfc\x1f");
  CHECK(filter.take("\xfc\x01" "c") == "c");  // WONT, its first byte in the call before
  CHECK(filter.answer().empty());
}
