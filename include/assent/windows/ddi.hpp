// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDI_HPP
#define ASSENT_WINDOWS_DDI_HPP

/// @file
/// Defines every DDI function that the ddk/ headers declare and this library supports. Include it in exactly
/// one translation unit of a program; driver sources, C or C++, are linked against that.

#include <assent/windows/ddi/callback_object.hpp>
#include <assent/windows/ddi/deferred.hpp>
#include <assent/windows/ddi/device.hpp>
#include <assent/windows/ddi/device_interface.hpp>
#include <assent/windows/ddi/irp.hpp>
#include <assent/windows/ddi/memory.hpp>
#include <assent/windows/ddi/plug_play.hpp>
#include <assent/windows/ddi/processor.hpp>
#include <assent/windows/ddi/registry.hpp>
#include <assent/windows/ddi/system_routine.hpp>
#include <assent/windows/ddi/target_device.hpp>
#include <assent/windows/ddi/wmi.hpp>
#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/clock.hpp>
#include <assent/windows/primitives/debug.hpp>
#include <assent/windows/primitives/event.hpp>
#include <assent/windows/primitives/guids.hpp>
#include <assent/windows/primitives/intrinsics.hpp>
#include <assent/windows/primitives/irql.hpp>
#include <assent/windows/primitives/locks.hpp>
#include <assent/windows/primitives/lookaside.hpp>
#include <assent/windows/primitives/mutex.hpp>
#include <assent/windows/primitives/pool.hpp>
#include <assent/windows/primitives/remove_lock.hpp>
#include <assent/windows/primitives/resource.hpp>
#include <assent/windows/primitives/rundown.hpp>
#include <assent/windows/primitives/safe_strings.hpp>
#include <assent/windows/primitives/strings.hpp>
#include <assent/windows/primitives/thread.hpp>

#endif
