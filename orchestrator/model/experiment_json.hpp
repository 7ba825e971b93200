// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "model/experiment.hpp"
#include "util/result.hpp"

namespace klab {

// The body of POST /api/experiments. Raw mail travels as base64. Decoding refuses unknown fields
// and wrong types with the field's path: cannot read the request: arms[1].patches: ...
std::string encode_request(const ExperimentRequest& request);
Result<ExperimentRequest> decode_request(std::string_view body);

// "3" or "1-3".
Result<PatchRange> parse_patch_range(std::string_view text);
std::string format_patch_range(const PatchRange& range);

}  // namespace klab
