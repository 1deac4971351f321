// SPDX-License-Identifier: BSL-1.0
// The words first: they stand outside the guard, since a C++ source may have included the declarations alone.
#include "assent_ddk/driver_words.h"
#ifndef ASSENT_WINDOWS_DDK_WDM_H
#define ASSENT_WINDOWS_DDK_WDM_H

#include "assent_ddk/declarations.h"
#include "assent_ddk/version.h"

#endif
