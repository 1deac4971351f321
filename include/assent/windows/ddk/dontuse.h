// SPDX-License-Identifier: BSL-1.0
// What it forbids is a matter of taste: empty.
#ifndef ASSENT_WINDOWS_DDK_DONTUSE_H
#define ASSENT_WINDOWS_DDK_DONTUSE_H

#endif
