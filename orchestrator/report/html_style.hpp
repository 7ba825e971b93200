// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace klab::report {

// The head of a report's file, around style.hpp: its policy lets nothing in from anywhere.
inline constexpr std::string_view head_above_style = R"HTML(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>
)HTML";
inline constexpr std::string_view head_below_style = R"HTML(</style>
</head>
)HTML";

}  // namespace klab::report
