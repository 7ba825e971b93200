// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/experiment_json.hpp"

#include <catch2/catch.hpp>

#include "util/base64.hpp"

using namespace klab;

namespace {
std::string error_of(std::string_view body) {
  const auto request = decode_request(body);
  REQUIRE(request.has_error());
  return request.error().message;
}
}  // namespace

TEST_CASE("request: what is encoded is decoded again") {
  ExperimentRequest request;
  request.title = "t";
  request.series.push_back({"s", {{"x.mbox", std::string("From a\0b\xff", 9)}}, 3});
  request.arms.push_back({"base", "debian", "v6.12", "", {}, "tinyconfig", {"lab"}, "a=b", "vm", "as it is", "stock"});
  request.arms.push_back({"patched", "", "", "s", PatchRange{1, 3}, "", {}, std::nullopt, "", "", ""});
  request.contrasts.push_back({"base", "patched"});
  request.workloads = {"workqueue:profile=quick"};
  request.boots = 5;
  request.seed = (1ull << 53) - 1;
  request.delta = 0.03;
  request.profile = true;
  const auto text = encode_request(request);
  const auto back = decode_request(text);
  REQUIRE(back.has_value());
  CHECK(encode_request(*back) == text);
  CHECK(back->series.at(0).sources.at(0).bytes == std::string("From a\0b\xff", 9));
  CHECK(back->arms.at(1).patches->last == 3);
  CHECK(back->seed == (1ull << 53) - 1);
  CHECK(back->profile);
  CHECK_FALSE(decode_request("{}")->profile);
}

TEST_CASE("request: an empty command line is another than none") {
  const auto request = decode_request(R"({"arms": [{}, {"command_line": null}, {"command_line": ""}, {"command_line": "quiet"}]})");
  REQUIRE(request.has_value());
  const auto back = decode_request(encode_request(*request));
  REQUIRE(back.has_value());
  for (const auto* read : {&*request, &*back}) {
    REQUIRE(read->arms.size() == 4);
    CHECK_FALSE(read->arms[0].command_line.has_value());
    CHECK_FALSE(read->arms[1].command_line.has_value());
    CHECK(read->arms[2].command_line == "");
    CHECK(read->arms[3].command_line == "quiet");
  }
  CHECK(error_of(R"({"arms": [{"command_line": 1}]})") == "cannot read the request: arms[0].command_line: must be a string");
}

TEST_CASE("request: what does not fit is named by its path") {
  CHECK(error_of("{").starts_with("cannot read the request: not valid JSON: "));
  CHECK(error_of(R"({"delta": 1e999})") == "cannot read the request: delta: must be a number");
  CHECK(error_of(R"({"profile": 1})") == "cannot read the request: profile: must be true or false");
  CHECK(error_of("[]") == "cannot read the request: : must be an object");
  CHECK(error_of(R"({"boots": "five"})") == "cannot read the request: boots: must be a whole number");
  CHECK(error_of(R"({"arms": [{"label": 1}]})") == "cannot read the request: arms[0].label: must be a string");
  CHECK(error_of(R"({"arms": [{}, {"evil": 1}]})") == "cannot read the request: arms[1].evil: unknown field");
  CHECK(error_of(R"({"series": [{"sources": [{"data": "?"}]}]})") ==
        "cannot read the request: series[0].sources[0].data: is not base64");
  CHECK(error_of(R"({"arms": [{"patches": "0"}]})") ==
        "cannot read the request: arms[0].patches: cannot use the patches \"0\": give one number or a range such as 1-3");
}

TEST_CASE("base64: padding and garbage") {
  CHECK(base64_encode("a") == "YQ==");
  CHECK(base64_decode("YQ==") == std::string("a"));
  CHECK(base64_decode("YWI=") == std::string("ab"));
  CHECK(base64_decode("") == std::string());
  CHECK_FALSE(base64_decode("YQ=").has_value());
  CHECK_FALSE(base64_decode("Y!==").has_value());
  // Bits that no byte has, white space, padding in the middle, an end that is none.
  for (const char* text : {"YR==", " YQ=", "YQ==YQ==", "====", "YQ=-", "YWI=\n\n\n\n"})
    CHECK_FALSE(base64_decode(text).has_value());
}
