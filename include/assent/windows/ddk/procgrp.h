// SPDX-License-Identifier: BSL-1.0
// For drivers that may run on systems without processor groups: here the groups are always there.
#ifndef ASSENT_WINDOWS_DDK_PROCGRP_H
#define ASSENT_WINDOWS_DDK_PROCGRP_H

#include "assent_ddk/processor.h"

#define WdmlibProcgrpInitialize() ((VOID)0)

#endif
