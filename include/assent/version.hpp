// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_VERSION_HPP
#define ASSENT_VERSION_HPP

#define ASSENT_VERSION_MAJOR 0
#define ASSENT_VERSION_MINOR 1
#define ASSENT_VERSION_PATCH 0

/// Name of the inline namespace. It changes whenever the layout of a shared object (record, block,
/// node, registry) or a step of the unregistration protocol changes, so that two versions of the
/// library in one program never walk each other's structures.
#define ASSENT_ABI v0_1

#endif
