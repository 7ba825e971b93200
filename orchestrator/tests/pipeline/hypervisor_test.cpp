// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/hypervisor.hpp"

#include <catch2/catch.hpp>

using klab::seen_hypervisor;

TEST_CASE("bare metal is what neither cpuid nor DMI contradicts") {
  CHECK_FALSE(seen_hypervisor({{"hypervisor", "none"}, {"dmi", "Dell Inc. PowerEdge R650 1.2.3"}}));
  CHECK_FALSE(seen_hypervisor({{"hypervisor", "none"}, {"dmi", "Amazon EC2 m5.metal 1.0"}}));
  CHECK_FALSE(seen_hypervisor({{"hypervisor", "none"}, {"dmi", "n/a"}}));
  CHECK(seen_hypervisor({{"hypervisor", "TCGTCGTCGTCG"}, {"dmi", "n/a"}}) == "cpuid says \"TCGTCGTCGTCG\"");
  CHECK(seen_hypervisor({{"hypervisor", "none"}, {"dmi", "QEMU Standard PC (i440FX + PIIX, 1996) 1.16"}}) ==
        "DMI says \"QEMU Standard PC (i440FX + PIIX, 1996) 1.16\"");
  CHECK(seen_hypervisor({{"release", "6.12"}}) == "the guest did not say whether there is one");
}
