// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/http.hpp"

#include <catch2/catch.hpp>

#include "util/text.hpp"

using namespace klab;

TEST_CASE("target: segments and parameters are decoded, and stay segments") {
  ApiRequest request;
  REQUIRE(parse_target("/api/experiments/7/report?format=ht%6Dl&x=", request));
  CHECK(request.path == std::vector<std::string>{"api", "experiments", "7", "report"});
  CHECK(request.query.at("format") == "html");
  ApiRequest evil;
  for (const char* target : {"/api/..%2f..%2fetc/passwd", "/a/../b", "/%2e%2e", "/a/.", "/a%00", "/a%5cb", "/%1b", "/%c2%9b", "/%ff"})
    CHECK_FALSE(parse_target(target, evil));
  ApiRequest bad;
  CHECK_FALSE(parse_target("no-slash", bad));
  CHECK_FALSE(parse_target("/%zz", bad));
}

TEST_CASE("errors: kind decides the status, control characters do not travel") {
  const auto response = error_response(Error{ErrorKind::input, "cannot read \"\x1b[31m\"", "a\nb\x07"});
  CHECK(response.status == 400);
  CHECK(response.body == "{\"error\":\"cannot read \\\"\xEF\xBF\xBD[31m\\\"\",\"tail\":\"a\\nb\xEF\xBF\xBD\",\"kind\":\"input\"}");
  CHECK(error_response(lab_error("x")).status == 500);
  CHECK(error_response(input_error("x"), 404).status == 404);
}
