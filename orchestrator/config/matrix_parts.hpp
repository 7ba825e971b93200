// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "config/toml_reader.hpp"
#include "model/matrix.hpp"

namespace klab {

void read_nightly(TomlReader& reader, NightlySchedule& nightly);  // the table [nightly]

// Parts of a matrix file as it was in some night. Each is read alone: the trees, machines and workloads that the rest is
// checked against may be gone by now. An error is of kind input.
Result<std::optional<NightlySchedule>> nightly_of(std::string_view definition);  // none: it is begun by hand only
Result<MatrixSource> reference_of(std::string_view definition);                  // empty where it has none

}  // namespace klab
