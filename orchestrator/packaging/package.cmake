# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed where, and the Debian package: ./lab package.
include(GNUInstallDirs)
set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(manuals ${CMAKE_CURRENT_BINARY_DIR}/manuals)
file(MAKE_DIRECTORY ${manuals})

install(TARGETS klab RUNTIME DESTINATION bin)
install(TARGETS klabd RUNTIME DESTINATION sbin)
foreach(share workloads kconfigs images patches)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${share} DESTINATION share/klab USE_SOURCE_PERMISSIONS)
endforeach()

# klab.1 is the hand-written page with the program's own words in its middle.
add_custom_command(OUTPUT ${manuals}/klab.1.gz ${manuals}/klabd.8.gz ${manuals}/klab.toml.5.gz ${manuals}/klab.bash ${manuals}/_klab
    ${manuals}/changelog.gz
  COMMAND sh ${packaging}/manuals.sh $<TARGET_FILE:klab> ${PROJECT_SOURCE_DIR}/orchestrator/man ${packaging}/changelog ${PROJECT_VERSION} ${manuals}
  DEPENDS klab ${packaging}/manuals.sh ${packaging}/changelog ${PROJECT_SOURCE_DIR}/orchestrator/man/klab.1
    ${PROJECT_SOURCE_DIR}/orchestrator/man/klabd.8 ${PROJECT_SOURCE_DIR}/orchestrator/man/klab.toml.5
  COMMENT "manual pages and completion" VERBATIM)
add_custom_target(klab_manuals DEPENDS ${manuals}/klab.1.gz)
install(FILES ${manuals}/klab.1.gz DESTINATION share/man/man1)
install(FILES ${manuals}/klab.toml.5.gz DESTINATION share/man/man5)
install(FILES ${manuals}/klabd.8.gz DESTINATION share/man/man8)
install(FILES ${manuals}/klab.bash DESTINATION share/bash-completion/completions RENAME klab)
install(FILES ${manuals}/_klab DESTINATION share/zsh/vendor-completions)
install(FILES ${manuals}/changelog.gz DESTINATION share/doc/klab)
install(FILES ${packaging}/copyright ${PROJECT_SOURCE_DIR}/README.md DESTINATION share/doc/klab)
install(FILES ${packaging}/lintian DESTINATION share/lintian/overrides RENAME klab)
install(FILES ${packaging}/klabd.service DESTINATION lib/systemd/system)
install(FILES ${packaging}/klab.sysusers DESTINATION lib/sysusers.d RENAME klab.conf)
install(FILES ${packaging}/klab.tmpfiles DESTINATION lib/tmpfiles.d RENAME klab.conf)
install(FILES ${packaging}/klab.toml DESTINATION /etc/klab)
install(DIRECTORY DESTINATION /etc/klab/hosts)
install(DIRECTORY DESTINATION /etc/klab/matrices)

# The packages that ./lab installs to run klab, but for those that its own scripts and tests need.
file(READ ${PROJECT_SOURCE_DIR}/lab entry)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lab)
function(packages_of variable to)
  string(REGEX MATCH "[\n ]${variable}=\\(([^)]*)\\)" unused "${entry}")
  string(REGEX MATCHALL "[^ \n]+" names "${CMAKE_MATCH_1}")
  list(REMOVE_ITEM names sqlite3 jq linux-source-6.12)
  if(NOT names)
    message(FATAL_ERROR "cannot read ${variable} of ${PROJECT_SOURCE_DIR}/lab")
  endif()
  list(JOIN names ", " names)
  set(${to} "${names}" PARENT_SCOPE)
endfunction()
packages_of(run_packages run_depends)
packages_of(arm64_packages arm64_recommends)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME klab)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "klab maintainers <klab@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "performance lab for the Linux kernel")
set(CPACK_PACKAGE_DESCRIPTION "Give klab a patch series, and it says what the series does to
performance: it builds the kernel with and without it, boots both several
times in random order, on virtual machines or on hosts behind a BMC, runs a
benchmark in each boot, and prints a table whose verdicts can be believed.
.
This package has the daemon klabd, the command line klab, workloads,
kconfigs and sample series.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "binutils, git, make, ${run_depends}")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "linux-source-6.12, openssh-client, curl, ${arm64_recommends}, dnsmasq-base, ipxe")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "b4, bash-completion, conserver-client, openssh-server")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/conffiles "/etc/klab/klab.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${packaging}/postinst;${packaging}/prerm;${packaging}/postrm;${CMAKE_CURRENT_BINARY_DIR}/conffiles")
include(CPack)
