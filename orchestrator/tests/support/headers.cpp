// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing but the owner of the tests' precompiled headers: main.cpp configures Catch and cannot use them.
