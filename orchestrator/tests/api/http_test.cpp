// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/http.hpp"

#include <catch2/catch.hpp>

#include "api/routes.hpp"
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

TEST_CASE("list page: text of a stranger stays text") {
  ExperimentLine line;
  line.id = 3;
  line.title = "<script>alert(1)</script>\x1b[0m";
  line.submitter = "a&b";
  line.message = "{{evil}}";
  const auto page = render_list_page({line});
  CHECK(page.find("<script>") == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
  CHECK(page.find("\x1b") == std::string::npos);
  CHECK(page.find("a&amp;b") != std::string::npos);
  CHECK(page.find("{{evil}}") != std::string::npos);
  CHECK(render_list_page({}).find("None yet") != std::string::npos);
}

TEST_CASE("list page: the nastiest text is inert") {
  ExperimentLine line;
  line.id = 1;
  line.title = "\x1b[2J\"><img src=x onerror=alert(1)>' {{{lines}}} \u202E\u200B\xff\xC2\x9B=1+1";
  line.submitter = "</td></table><script>";
  line.message = "<!-- \r\n\x07";
  const auto shown = render_list_page({line});
  CHECK(shown == printable_lines(shown));
  for (const char* active : {"<img", "<script", "<!--"}) CHECK(shown.find(active) == std::string::npos);
  CHECK(shown.find("&quot;&gt;&lt;img") != std::string::npos);
  CHECK(shown.find("{{{lines}}}") != std::string::npos);
}
