// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/frames.hpp"

#include "tests/workload/support.hpp"

using namespace klab;
using namespace klab::testing;

namespace {

std::string failure_of(std::string_view bytes, FrameLimits limits = {}) {
  FrameParser parser(limits);
  parser.feed(bytes);
  parser.finish();
  REQUIRE(parser.failure());
  CHECK(parser.failure()->kind == ErrorKind::failed);
  return parser.failure()->message;
}

}  // namespace

TEST_CASE("the checksum is CRC-32 as everybody computes it") { CHECK(crc32("123456789") == 0xcbf43926u); }

TEST_CASE("frames come out the same wherever the bytes are cut") {
  const std::string bytes = frames({"{}", "{\"a\":\"b c\"}", ""});
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    FrameParser parser;
    auto found = parser.feed(std::string_view(bytes).substr(0, cut));
    for (Frame& frame : parser.feed(std::string_view(bytes).substr(cut))) found.push_back(std::move(frame));
    parser.finish();
    REQUIRE_FALSE(parser.failure());
    REQUIRE(found.size() == 3);
    CHECK(found[0].payload == "{}");
    CHECK(found[1].payload == "{\"a\":\"b c\"}");
    CHECK(found[2].payload.empty());
    CHECK(found[2].sequence == 2);
  }
}

TEST_CASE("single bytes are enough") {
  FrameParser parser;
  std::size_t found = 0;
  for (const char c : frames({"{}", "{}"})) found += parser.feed({&c, 1}).size();
  CHECK(found == 2);
}

TEST_CASE("each violation of the framing has its message") {
  CHECK(failure_of("hello\n") == "cannot read results: \"hello\" is not a frame");
  CHECK(failure_of("\n") == "cannot read results: \"\" is not a frame");
  CHECK(failure_of("klab2 0 2 12345678 {}\n") ==
        "cannot read results: \"klab2 0 2 12345678 {}\" is not a frame");
  CHECK(failure_of("klab1 -1 2 12345678 {}\n") ==
        "cannot read results: \"klab1 -1 2 12345678 {}\" is not a frame");
  CHECK(failure_of("klab1 0 2 123 {}\n") == "cannot read results: \"klab1 0 2 123 {}\" is not a frame");
  CHECK(failure_of("klab1 0 99999999999999999999 12345678 {}\n") ==
        "cannot read results: \"klab1 0 99999999999999999999 12345678 {}\" is not a frame");
  CHECK(failure_of("klab1 0 3 12345678 {}\n") == "cannot read results: frame 0 says 3 bytes and has 2");
  CHECK(failure_of(fmt::format("klab1 0 2 00000001 {{}}\n")) ==
        fmt::format("cannot read results: frame 0 says checksum 00000001 and has {:08x}", crc32("{}")));
  CHECK(failure_of(frame(0, "{}") + frame(0, "{}")) ==
        "cannot read results: frame 0 came where frame 1 was due");
  CHECK(failure_of(frame(0, "{}") + frame(2, "{}")) ==
        "cannot read results: frame 2 came where frame 1 was due");
  CHECK(failure_of(frame(0, "{}") + "klab1 1 2") ==
        "cannot read results: the channel closed in the middle of frame 1");
  CHECK(failure_of("klab1 0 70 \x1b[31m\xff\n") ==
        "cannot read results: \"klab1 0 70 \uFFFD[31m\uFFFD\" is not a frame");
}

TEST_CASE("limits hold even without a line feed") {
  CHECK(failure_of(std::string(101, 'x'), {.frame = 100, .total = 1000}) ==
        "cannot read results: frame 0 is longer than 100 bytes");
  const std::string two = frame(0, "{}") + frame(1, "{}");
  CHECK(failure_of(two, {.frame = 100, .total = two.size() - 1}) ==
        fmt::format("cannot read results: more than {} bytes", two.size() - 1));
  FrameParser parser({.frame = 100, .total = two.size()});
  CHECK(parser.feed(two).size() == 2);
  CHECK_FALSE(parser.failure());
}

TEST_CASE("after a violation nothing more is taken") {
  FrameParser parser;
  CHECK(parser.feed(frame(0, "{}") + "nonsense\n" + frame(1, "{}")).size() == 1);
  CHECK(parser.feed(frame(1, "{}")).empty());
}
