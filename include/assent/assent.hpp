// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASSENT_HPP
#define ASSENT_ASSENT_HPP

/// @file
/// The generic framework: categories, registrations, dispatchers, asynchronous delivery.

// First: what comes to the compiler by the shortest way has the shortest error messages.
#include <assent/core/detail/misused_callables.hpp>
#include <assent/dispatch/dispatcher.hpp>

#include <assent/async/detail/misused_task.hpp>
#include <assent/dispatch/detail/misused_joint.hpp>

#include <assent/async/any_executor.hpp>
#include <assent/async/detail/misused_post.hpp>
#include <assent/async/inline_executor.hpp>
#include <assent/async/manual_executor.hpp>
#include <assent/async/ordered_worker.hpp>
#include <assent/async/post.hpp>
#include <assent/config.hpp>
#include <assent/core/borrow.hpp>
#include <assent/core/category.hpp>
#include <assent/core/domain.hpp>
#include <assent/core/handle_table.hpp>
#include <assent/core/member.hpp>
#include <assent/core/no_throw.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/registration_options.hpp>
#include <assent/core/registration_storage.hpp>
#include <assent/core/rules.hpp>
#include <assent/core/status.hpp>
#include <assent/core/threading.hpp>
#include <assent/core/tracked.hpp>
#include <assent/core/unregister_all.hpp>
#include <assent/dispatch/activity.hpp>
#include <assent/dispatch/activity_recorder.hpp>
#include <assent/dispatch/exploration.hpp>
#include <assent/dispatch/failure_explorer.hpp>
#include <assent/dispatch/failure_run.hpp>
#include <assent/dispatch/joint_outcome.hpp>
#include <assent/dispatch/joint_transaction.hpp>
#include <assent/dispatch/observed_by.hpp>
#include <assent/dispatch/observer.hpp>
#include <assent/dispatch/optional_status.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/dispatch/policy.hpp>
#include <assent/dispatch/trace_writer.hpp>
#include <assent/dispatch/transact_options.hpp>
#include <assent/dispatch/uninterested.hpp>
#include <assent/dispatch/watchdog.hpp>
#include <assent/version.hpp>

#endif
