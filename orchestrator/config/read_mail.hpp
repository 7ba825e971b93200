// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace klab {

void read_mail(TomlReader& reader, MailConfig& mail);  // [mail]

}  // namespace klab
