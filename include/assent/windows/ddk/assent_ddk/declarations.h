// SPDX-License-Identifier: BSL-1.0
// Everything the DDI declares, without the words that only driver sources use (IN, __in, PAGED_CODE, ...).
// The host side includes this one.
#ifndef ASSENT_WINDOWS_DDK_DECLARATIONS_H
#define ASSENT_WINDOWS_DDK_DECLARATIONS_H

#include "callback_object.h"
#include "clock.h"
#include "debug.h"
#include "dpc.h"
#include "event.h"
#include "interlocked.h"
#include "irp.h"
#include "irql.h"
#include "list.h"
#include "lookaside.h"
#include "memory.h"
#include "mutex.h"
#include "object.h"
#include "plug_play.h"
#include "pool.h"
#include "power.h"
#include "processor.h"
#include "registry.h"
#include "remove_lock.h"
#include "resource.h"
#include "rtl.h"
#include "rundown.h"
#include "status.h"
#include "thread.h"
#include "types.h"
#include "wmi.h"

#endif
