// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_SAL_H
#define ASSENT_WINDOWS_DDK_SAL_H

#include "assent_ddk/driver_words.h"

#endif
