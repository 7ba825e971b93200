// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "fuzz/target.hpp"
#include "model/experiment_json.hpp"
#include "util/base64.hpp"

namespace klab::fuzz {
namespace {

void body(std::string_view input) {
  const auto decoded = decode_request(input);
  if (!decoded) return hold_error(decoded.error(), "cannot read the request: ");
  if (decoded->delta) hold(std::isfinite(*decoded->delta), "delta is {}", *decoded->delta);
  for (const auto& arm : decoded->arms)
    if (arm.patches) hold(arm.patches->first >= 1 && arm.patches->last >= arm.patches->first, "a range of nothing");
  const std::string written = encode_request(*decoded);
  const auto again = decode_request(written);
  hold(again.has_value(), "what was written cannot be read: {}", again ? "" : again.error().message);
  hold(encode_request(*again) == written, "what was written is read as something else");
}

void base64(std::string_view input) {
  const auto coded = base64_encode(input);
  hold(base64_decode(coded) == std::string(input), "base64 does not come back");
  if (const auto decoded = base64_decode(input))
    hold(base64_encode(*decoded) == input, "base64 was read in a spelling that nobody writes");
}

}  // namespace

void request(std::string_view input) {
  if (take_choice(input, 2) == 0) return body(input);
  base64(input);
}

}  // namespace klab::fuzz
