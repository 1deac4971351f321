// SPDX-License-Identifier: BSL-1.0
// Suppressions of an analyser that does not run here: empty.
#ifndef ASSENT_WINDOWS_DDK_SUPPRESS_H
#define ASSENT_WINDOWS_DDK_SUPPRESS_H

#endif
