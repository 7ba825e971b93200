// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <libvirt/libvirt.h>

#include <filesystem>
#include <map>
#include <string>

#include "model/variant.hpp"
#include "util/result.hpp"

// Blocking calls of libvirt as Results. All of one connection's run on that connection's worker thread:
// libvirt keeps its last error per thread.
namespace klab::libvirt {

// Writes the embedded driver's configuration below `root`.
Result<void> prepare_embed_root(const std::filesystem::path& root);
std::string embed_uri(const std::filesystem::path& root);

Result<virConnectPtr> open(const std::string& uri);
void close(virConnectPtr connection);

// `autodestroy`: the host destroys the domain when this connection ends; the embedded driver cannot.
Result<void> create(virConnectPtr connection, const std::string& name, const std::string& xml,
                    bool autodestroy);
Result<void> destroy(virConnectPtr connection, const std::string& name);  // success when there is none
Result<void> inject_nmi(virConnectPtr connection, const std::string& name);

// Destroys the domains of this lab that run although no boot of ours does: all "klab-*" when `embedded`
// (the root is ours alone), else those whose metadata carries `lab`. Gives their number.
Result<int> destroy_leftovers(virConnectPtr connection, bool embedded, const std::string& lab);

Result<bool> offers_kvm(virConnectPtr connection, Architecture architecture);
// qemu, libvirt, and what libvirt knows of the host's processors.
Result<std::map<std::string, std::string>> facts(virConnectPtr connection);

}  // namespace klab::libvirt
