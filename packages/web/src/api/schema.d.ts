/*
 * Generated from the server's OpenAPI document: npm run generate:api -w packages/web
 * Do not edit.
 */

export interface paths {
    "/auth/configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How to log in, or that nobody has to */
        get: operations["get_auth_configuration_auth_configuration_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/caller": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asks, and what they may do */
        get: operations["get_auth_caller_auth_caller_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_acquisitions_acquisitions_get"];
        put?: never;
        post: operations["create_acquisition_acquisitions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/{acquisition_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_acquisition_acquisitions__acquisition_uuid__get"];
        put: operations["update_acquisition_acquisitions__acquisition_uuid__put"];
        post?: never;
        delete: operations["delete_acquisition_acquisitions__acquisition_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_grids_grids_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_grid_grids__grid_uuid__get"];
        put: operations["update_grid_grids__grid_uuid__put"];
        post?: never;
        delete: operations["delete_grid_grids__grid_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/atlases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_atlases_atlases_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/atlases/{atlas_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_atlas_atlases__atlas_uuid__get"];
        put: operations["update_atlas_atlases__atlas_uuid__put"];
        post?: never;
        delete: operations["delete_atlas_atlases__atlas_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/atlas-tiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_atlas_tiles_atlas_tiles_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/atlas-tiles/{tile_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_atlas_tile_atlas_tiles__tile_uuid__get"];
        put: operations["update_atlas_tile_atlas_tiles__tile_uuid__put"];
        post?: never;
        delete: operations["delete_atlas_tile_atlas_tiles__tile_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_gridsquares_gridsquares_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_gridsquare_gridsquares__gridsquare_uuid__get"];
        put: operations["update_gridsquare_gridsquares__gridsquare_uuid__put"];
        post?: never;
        delete: operations["delete_gridsquare_gridsquares__gridsquare_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/foilholes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_foilholes_foilholes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/foilholes/{foilhole_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_foilhole_foilholes__foilhole_uuid__get"];
        put: operations["update_foilhole_foilholes__foilhole_uuid__put"];
        post?: never;
        delete: operations["delete_foilhole_foilholes__foilhole_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_micrographs_micrographs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_micrograph_micrographs__micrograph_uuid__get"];
        put: operations["update_micrograph_micrographs__micrograph_uuid__put"];
        post?: never;
        delete: operations["delete_micrograph_micrographs__micrograph_uuid__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/{acquisition_uuid}/grids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_acquisition_grids_acquisitions__acquisition_uuid__grids_get"];
        put?: never;
        post: operations["create_acquisition_grid_acquisitions__acquisition_uuid__grids_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/gridsquares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_grid_gridsquares_grids__grid_uuid__gridsquares_get"];
        put?: never;
        post: operations["create_grid_gridsquare_grids__grid_uuid__gridsquares_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/foilholes/{foilhole_uuid}/micrographs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_foilhole_micrographs_foilholes__foilhole_uuid__micrographs_get"];
        put?: never;
        post: operations["create_foilhole_micrograph_foilholes__foilhole_uuid__micrographs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/atlas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_grid_atlas_grids__grid_uuid__atlas_get"];
        put?: never;
        post: operations["create_grid_atlas_grids__grid_uuid__atlas_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/atlases/{atlas_uuid}/tiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_atlas_tiles_by_atlas_atlases__atlas_uuid__tiles_get"];
        put?: never;
        post: operations["create_atlas_tile_for_atlas_atlases__atlas_uuid__tiles_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/foilholes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_gridsquare_foilholes_gridsquares__gridsquare_uuid__foilholes_get"];
        put?: never;
        post: operations["create_gridsquare_foilhole_gridsquares__gridsquare_uuid__foilholes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/gridsquares/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_grid_gridsquares_batch_grids__grid_uuid__gridsquares_batch_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/atlas-tiles/{tile_uuid}/gridsquares/{gridsquare_uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["link_atlas_tile_to_gridsquare_atlas_tiles__tile_uuid__gridsquares__gridsquare_uuid__post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/atlas-tiles/{tile_uuid}/gridsquares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["link_atlas_tile_to_gridsquares_atlas_tiles__tile_uuid__gridsquares_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/grid-counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_acquisition_grid_counts_acquisitions_grid_counts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ingest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ingest_ingest_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/registered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["grid_registered_grids__grid_uuid__registered_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/registered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["gridsquare_registered_gridsquares__gridsquare_uuid__registered_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prediction_models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_prediction_models_prediction_models_get"];
        put?: never;
        post: operations["create_prediction_model_prediction_models_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prediction_models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_prediction_model_prediction_models__name__get"];
        put: operations["update_prediction_model_prediction_models__name__put"];
        post?: never;
        delete: operations["delete_prediction_model_prediction_models__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quality_predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_quality_prediction_quality_predictions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prediction_model/{prediction_model_name}/grid/{grid_uuid}/prediction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_prediction_for_grid_prediction_model__prediction_model_name__grid__grid_uuid__prediction_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prediction_model/{prediction_model_name}/gridsquare/{gridsquare_uuid}/prediction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_prediction_for_gridsquare_prediction_model__prediction_model_name__gridsquare__gridsquare_uuid__prediction_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/quality_predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_gridsquare_quality_prediction_time_series_gridsquares__gridsquare_uuid__quality_predictions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/foilhole_quality_predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_foilhole_quality_prediction_time_series_for_gridsquare_gridsquares__gridsquare_uuid__foilhole_quality_predictions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quality_metric/{metric_name}/gridsquares/{gridsquare_uuid}/foilhole_quality_predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_foilhole_quality_prediction_time_series_for_gridsquare_for_metric_quality_metric__metric_name__gridsquares__gridsquare_uuid__foilhole_quality_predictions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quality_metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_quality_metrics_quality_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prediction_model/{prediction_model_name}/grid/{grid_uuid}/before_imaging": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a model had predicted of each hole, or else of its square, when the hole was imaged
         * @description To hold predictions against what was measured: a model may have learned from a measurement by the time of its newest prediction. Of holes with results it is what decisions go by: the newest that had been taken in before the first of them.
         */
        get: operations["get_predictions_before_imaging_prediction_model__prediction_model_name__grid__grid_uuid__before_imaging_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prediction_model/{prediction_model_name}/grid/{grid_uuid}/latent_representation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_latent_rep_prediction_model__prediction_model_name__grid__grid_uuid__latent_representation_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prediction_model/{prediction_model_name}/gridsquare/{gridsquare_uuid}/latent_representation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_square_latent_rep_prediction_model__prediction_model_name__gridsquare__gridsquare_uuid__latent_representation_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grid/{grid_uuid}/prediction_model/{prediction_model_name}/latent_rep/{latent_rep_model_name}/suggested_squares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_suggested_square_collections_grid__grid_uuid__prediction_model__prediction_model_name__latent_rep__latent_rep_model_name__suggested_squares_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/prediction_model/{prediction_model_name}/latent_rep/{latent_rep_model_name}/suggested_holes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_suggested_hole_collections_gridsquares__gridsquare_uuid__prediction_model__prediction_model_name__latent_rep__latent_rep_model_name__suggested_holes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/motion_correction/completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["publish_micrograph_motion_correction_completed_micrographs__micrograph_uuid__motion_correction_completed_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/ctf_estimation/completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["publish_micrograph_ctf_estimation_completed_micrographs__micrograph_uuid__ctf_estimation_completed_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/particle_picking/completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["publish_micrograph_particle_picking_completed_micrographs__micrograph_uuid__particle_picking_completed_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/particle_selection/completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["publish_micrograph_particle_selection_completed_micrographs__micrograph_uuid__particle_selection_completed_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/particle_picking/registered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["publish_micrograph_particle_picking_registered_micrographs__micrograph_uuid__particle_picking_registered_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/motion_correction/registered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["publish_micrograph_motion_correction_registered_micrographs__micrograph_uuid__motion_correction_registered_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/ctf_estimation/registered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["publish_micrograph_ctf_estimation_registered_micrographs__micrograph_uuid__ctf_estimation_registered_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes events from outside, one or an array, as the message queue does */
        post: operations["publish_events_events_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The events that the message queue would deliver, as Server-Sent Events; resumes after Last-Event-ID or `after` */
        get: operations["stream_events_events_stream_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/frontend/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as Server-Sent Events, for user interfaces; resumes after Last-Event-ID
         * @description Each event has an id that is larger than the one before; resuming from any of them misses nothing and repeats nothing.
         *     `resync` comes first where the events in between are no longer kept, or are those of another database (one that was restored). `heartbeat` and `acquisition.progress` tell how things stand at the
         *     moment and are not repeated; neither comes while the database does not answer, and new streams are refused then (503). What comes in thousands comes summed up: `entities.changed` and `predictions.changed` name up to
         *     200 uuids and say how many there are. `event_types` is a list with commas: heartbeat, acquisition.progress, agent.status, agent.log, instruction.lifecycle, processing.metric, entities.changed, predictions.changed, weights.changed, decision.made, decision.settings, decision.answered, operator.choice, note.created, note.updated, note.deleted.
         */
        get: operations["frontend_event_stream_frontend_events_stream_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_sessions_agent__agent_id__sessions_get"];
        put?: never;
        post: operations["create_session_agent__agent_id__sessions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sessions of all agents, in the order in which they began */
        get: operations["list_all_sessions_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/sessions/{session_id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a session and withdraws what it has not answered. Closed by an operator, it stays so; by its agent, until that registers it again */
        post: operations["close_session_agent__agent_id__sessions__session_id__close_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/sessions/{session_id}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets the agent of a closed session take it up again, which it does within a minute */
        post: operations["open_session_agent__agent_id__sessions__session_id__open_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/session/{session_id}/instructions/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a session is to do, as Server-Sent Events; first what was sent and not acknowledged, with `unanswered` also what was acknowledged as received and not answered since */
        get: operations["stream_instructions_agent__agent_id__session__session_id__instructions_stream_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/session/{session_id}/instructions/{instruction_id}/ack": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["acknowledge_instruction_agent__agent_id__session__session_id__instructions__instruction_id__ack_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/session/{session_id}/instructions/{instruction_id}/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["verify_instruction_agent__agent_id__session__session_id__instructions__instruction_id__verification_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/session/{session_id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["agent_heartbeat_agent__agent_id__session__session_id__heartbeat_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/session/{session_id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ingest_agent_logs_agent__agent_id__session__session_id__logs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instructions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Instructions in the order in which they were created */
        get: operations["list_instructions_instructions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/{agent_id}/sessions/{session_id}/instructions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_session_instructions_agent__agent_id__sessions__session_id__instructions_get"];
        put?: never;
        /** Asks the session's agent to do something. An instruction_id that is known already is left as it is */
        post: operations["create_instruction_agent__agent_id__sessions__session_id__instructions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instructions/{instruction_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One instruction with all answers to it and every change of its state */
        get: operations["get_instruction_instructions__instruction_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instructions/{instruction_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Withdraws an instruction that no agent has answered yet. One that was sent may have been carried out all the same */
        post: operations["cancel_instruction_instructions__instruction_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/{acquisition_uuid}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_acquisition_notes_acquisitions__acquisition_uuid__notes_get"];
        put?: never;
        post: operations["create_acquisition_note_acquisitions__acquisition_uuid__notes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_grid_notes_grids__grid_uuid__notes_get"];
        put?: never;
        post: operations["create_grid_note_grids__grid_uuid__notes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_gridsquare_notes_gridsquares__gridsquare_uuid__notes_get"];
        put?: never;
        post: operations["create_gridsquare_note_gridsquares__gridsquare_uuid__notes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/notes/{note_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["update_note_notes__note_id__put"];
        post?: never;
        delete: operations["delete_note_notes__note_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instruments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The microscopes that acquisitions came from, with their newest one and the agents that are active for them */
        get: operations["list_instruments_instruments_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/{acquisition_uuid}/quality_metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The distribution of each quality metric over an acquisition's micrographs, and of the predictions made for it */
        get: operations["get_acquisition_quality_metrics_acquisitions__acquisition_uuid__quality_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many messages wait to be applied, wait for what they speak of, or could not be applied */
        get: operations["get_queue_status_admin_queue_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/queue/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_dead_letters_admin_queue_dead_letters_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/queue/dead-letters/{dead_letter_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_dead_letter_admin_queue_dead_letters__dead_letter_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/queue/dead-letters/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Applies dead letters again, as if they had just come */
        post: operations["retry_dead_letters_admin_queue_dead_letters_retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/queue/dead-letters/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Removes dead letters for good */
        post: operations["drop_dead_letters_admin_queue_dead_letters_drop_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquare/{gridsquare_uuid}/overall_prediction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_overall_prediction_for_gridsquare_gridsquare__gridsquare_uuid__overall_prediction_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grid/{grid_uuid}/model_weights": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_model_weights_for_grid_grid__grid_uuid__model_weights_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The current plan of a grid: its squares in the order in which they are worth the microscope's time, and why */
        get: operations["get_plan_grids__grid_uuid__plan_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the current plan says of each hole of a square, and why */
        get: operations["get_gridsquare_plan_gridsquares__gridsquare_uuid__plan_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The decisions on a grid, newest first, with what the microscope was told and what it made of it */
        get: operations["get_decisions_grids__grid_uuid__decisions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/decisions/{decision_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_decision_grids__grid_uuid__decisions__decision_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/{acquisition_uuid}/decision_settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_decision_settings_acquisitions__acquisition_uuid__decision_settings_get"];
        /** Changes some of the settings; what is left out stays as it is. Plans are computed anew from all results */
        put: operations["update_decision_settings_acquisitions__acquisition_uuid__decision_settings_put"];
        post?: never;
        /** Forgets what was chosen for the acquisition: the limits of its instrument and the defaults count again. Plans are computed anew */
        delete: operations["reset_decision_settings_acquisitions__acquisition_uuid__decision_settings_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instruments/{instrument_id}/quality_limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a good micrograph is on an instrument, where an acquisition has no limit of its own */
        get: operations["get_instrument_quality_limits_instruments__instrument_id__quality_limits_get"];
        /** Changes some of the limits; what is left out stays as it is. Acquisitions that follow them are judged anew from all results */
        put: operations["update_instrument_quality_limits_instruments__instrument_id__quality_limits_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/choice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Locks a square or hole out, wants it imaged first, or (null) leaves it to the decisions again. Decisions never overrule it */
        put: operations["choose_gridsquare_gridsquares__gridsquare_uuid__choice_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/foilholes/{foilhole_uuid}/choice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Locks a square or hole out, wants it imaged first, or (null) leaves it to the decisions again. Decisions never overrule it */
        put: operations["choose_foilhole_foilholes__foilhole_uuid__choice_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/choices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_choices_grids__grid_uuid__choices_get"];
        /** The same choice about many squares and holes of a grid; what is not of this grid is left alone */
        put: operations["choose_many_grids__grid_uuid__choices_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/proposal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The change of plan that waits for an operator (mode advise), or null */
        get: operations["get_proposal_grids__grid_uuid__proposal_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/proposal/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["approve_proposal_grids__grid_uuid__proposal_approve_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/proposal/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reject_proposal_grids__grid_uuid__proposal_reject_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/decisions/{decision_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Computes a stored decision again from its stored input, compares it to the bit, and explains it in words */
        get: operations["replay_decision_grids__grid_uuid__decisions__decision_id__replay_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/decisions/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was collected, what the plan would have collected in the same time, and what no order of holes could have exceeded */
        get: operations["get_counterfactual_report_grids__grid_uuid__decisions_report_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far each acquisition has come, as the event `acquisition.progress` tells it */
        get: operations["get_acquisitions_progress_acquisitions_progress_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every micrograph of a grid with its quality, in the order in which they were taken */
        get: operations["get_grid_results_grids__grid_uuid__results_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/intensities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The mean of what EPU saw in the holes of each square: the darker, the thicker the ice */
        get: operations["get_grid_intensities_grids__grid_uuid__intensities_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sessions of all agents, newest first, with their connections */
        get: operations["get_agent_sessions_agents_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What agents have logged, newest first */
        get: operations["get_agent_logs_agents_logs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instructions/newest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What microscopes were told, newest first, and what became of it */
        get: operations["get_newest_instructions_instructions_newest_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/results/columns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was measured on a grid, column by column, in the order in which the micrographs were taken */
        get: operations["get_grid_result_columns_grids__grid_uuid__results_columns_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/acquisitions/throughput": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many good micrographs each acquisition that has any has brought, and how many per hour */
        get: operations["get_acquisitions_throughput_acquisitions_throughput_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grids/{grid_uuid}/atlas_image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The grid's atlas, or a part of it */
        get: operations["get_grid_atlas_image_grids__grid_uuid__atlas_image_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gridsquares/{gridsquare_uuid}/gridsquare_image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The image of a grid square, or a part of it */
        get: operations["get_gridsquare_image_gridsquares__gridsquare_uuid__gridsquare_image_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/micrographs/{micrograph_uuid}/image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A micrograph, or a part of it */
        get: operations["get_micrograph_image_micrographs__micrograph_uuid__image_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/agent-connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_active_connections_debug_agent_connections_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/connection-stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_connection_stats_debug_connection_stats_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_active_sessions_debug_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/session/{session_id}/instructions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_session_instructions_debug_session__session_id__instructions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/session/{session_id}/create-instruction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_test_instruction_debug_session__session_id__create_instruction_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/sessions/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_test_session_debug_sessions_create_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/sessions/create-managed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_managed_session_debug_sessions_create_managed_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/debug/sessions/{session_id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["close_managed_session_debug_sessions__session_id__close_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This process in Prometheus' terms */
        get: operations["get_metrics_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_health_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_status_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_version_version_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/database/identity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which database this is: another one after a restoration, so that clients send again what that lacks */
        get: operations["get_database_identity_database_identity_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Refusal */
        Refusal: {
            detail: string;
            code: string;
            hint?: string;
        };
        /**
         * ValidationError
         * @description One mistake in a request: where it is, what it is, and of which kind
         */
        ValidationError: {
            loc: (string | number)[];
            msg: string;
            type: string;
        };
        /** HTTPValidationError */
        HTTPValidationError: {
            detail?: components["schemas"]["ValidationError"][];
        };
        /** Failure */
        Failure: {
            detail: string;
            code: string;
            hint?: string;
        };
        /** AuthConfiguration */
        AuthConfiguration: {
            /** @description Whether requests need an access token. */
            required: boolean;
            issuer: string | null;
            client_id: string | null;
            scope: string | null;
        };
        /** AuthCaller */
        AuthCaller: {
            name: string | null;
            /** @description All that the caller may do: everything where nobody has to say who they are. */
            permissions: ("read" | "operate" | "administer")[];
        };
        /**
         * AcquisitionStatus
         * @enum {string}
         */
        AcquisitionStatus: "planned" | "started" | "completed" | "paused" | "abandoned";
        /** AcquisitionCreateRequest */
        AcquisitionCreateRequest: {
            uuid: string;
            name?: string | null;
            status?: components["schemas"]["AcquisitionStatus"] | null;
            start_time?: string | null;
            end_time?: string | null;
            paused_time?: string | null;
            storage_path?: string | null;
            atlas_path?: string | null;
            clustering_mode?: string | null;
            clustering_radius?: string | null;
            instrument_model?: string | null;
            instrument_id?: string | null;
            computer_name?: string | null;
            epu_session_id?: string | null;
            planned_end_time?: string | null;
        };
        /** AcquisitionUpdateRequest */
        AcquisitionUpdateRequest: {
            uuid?: string | null;
            name?: string | null;
            status?: components["schemas"]["AcquisitionStatus"] | null;
            start_time?: string | null;
            end_time?: string | null;
            paused_time?: string | null;
            storage_path?: string | null;
            atlas_path?: string | null;
            clustering_mode?: string | null;
            clustering_radius?: string | null;
            instrument_model?: string | null;
            instrument_id?: string | null;
            computer_name?: string | null;
            epu_session_id?: string | null;
            planned_end_time?: string | null;
        };
        /** AcquisitionResponse */
        AcquisitionResponse: {
            uuid: string;
            name: string;
            status: components["schemas"]["AcquisitionStatus"] | null;
            start_time: string | null;
            end_time: string | null;
            paused_time: string | null;
            storage_path: string | null;
            atlas_path: string | null;
            clustering_mode: string | null;
            clustering_radius: string | null;
            instrument_model: string | null;
            instrument_id: string | null;
            computer_name: string | null;
            epu_session_id?: string | null;
            planned_end_time?: string | null;
            grid_count?: number;
            gridsquare_count?: number;
            foilhole_count?: number;
            micrograph_count?: number;
            completion?: number | null;
        };
        /**
         * GridStatus
         * @enum {string}
         */
        GridStatus: "none" | "scan started" | "scan completed" | "grid squares decision started" | "grid squares decision completed";
        /** GridCreateRequest */
        GridCreateRequest: {
            uuid: string;
            acquisition_uuid: string;
            name: string;
            status?: components["schemas"]["GridStatus"] | null;
            data_dir?: string | null;
            atlas_dir?: string | null;
            scan_start_time?: string | null;
            scan_end_time?: string | null;
        };
        /** GridUpdateRequest */
        GridUpdateRequest: {
            uuid?: string | null;
            acquisition_uuid?: string | null;
            name?: string | null;
            status?: components["schemas"]["GridStatus"] | null;
            data_dir?: string | null;
            atlas_dir?: string | null;
            scan_start_time?: string | null;
            scan_end_time?: string | null;
        };
        /** GridResponse */
        GridResponse: {
            uuid: string;
            acquisition_uuid: string;
            name: string;
            status: components["schemas"]["GridStatus"] | null;
            data_dir: string | null;
            atlas_dir: string | null;
            scan_start_time: string | null;
            scan_end_time: string | null;
            gridsquare_count?: number;
            foilhole_count?: number;
            micrograph_count?: number;
            completion?: number | null;
        };
        /** AtlasTileCreateRequest */
        AtlasTileCreateRequest: {
            uuid: string;
            atlas_uuid: string;
            tile_id?: string | null;
            position_x?: number | null;
            position_y?: number | null;
            size_x?: number | null;
            size_y?: number | null;
            file_format?: string | null;
            base_filename?: string | null;
        };
        /** AtlasCreateRequest */
        AtlasCreateRequest: {
            uuid: string;
            grid_uuid: string;
            atlas_id?: string | null;
            acquisition_date?: string | null;
            storage_folder?: string | null;
            description?: string | null;
            name: string;
            tiles?: components["schemas"]["AtlasTileCreateRequest"][] | null;
        };
        /** AtlasUpdateRequest */
        AtlasUpdateRequest: {
            uuid?: string | null;
            grid_uuid?: string | null;
            atlas_id?: string | null;
            acquisition_date?: string | null;
            storage_folder?: string | null;
            description?: string | null;
            name?: string | null;
        };
        /** AtlasTileResponse */
        AtlasTileResponse: {
            uuid: string;
            atlas_uuid: string;
            tile_id: string;
            position_x: number | null;
            position_y: number | null;
            size_x: number | null;
            size_y: number | null;
            file_format: string | null;
            base_filename: string | null;
        };
        /** AtlasResponse */
        AtlasResponse: {
            uuid: string;
            grid_uuid: string;
            atlas_id: string;
            acquisition_date: string | null;
            storage_folder: string | null;
            description: string | null;
            name: string;
            /** @default [] */
            tiles?: components["schemas"]["AtlasTileResponse"][];
        };
        /** AtlasTileUpdateRequest */
        AtlasTileUpdateRequest: {
            uuid?: string | null;
            atlas_uuid?: string | null;
            tile_id?: string | null;
            position_x?: number | null;
            position_y?: number | null;
            size_x?: number | null;
            size_y?: number | null;
            file_format?: string | null;
            base_filename?: string | null;
        };
        /**
         * GridSquareStatus
         * @enum {string}
         */
        GridSquareStatus: "none" | "all foil holes registered" | "foil holes decision started" | "foil holes decision completed";
        /** GridSquareCreateRequest */
        GridSquareCreateRequest: {
            uuid: string;
            grid_uuid: string;
            gridsquare_id: string;
            status?: components["schemas"]["GridSquareStatus"] | null;
            data_dir?: string | null;
            atlas_node_id?: number | null;
            state?: string | null;
            rotation?: number | null;
            image_path?: string | null;
            selected?: boolean | null;
            unusable?: boolean | null;
            stage_position_x?: number | null;
            stage_position_y?: number | null;
            stage_position_z?: number | null;
            center_x?: number | null;
            center_y?: number | null;
            physical_x?: number | null;
            physical_y?: number | null;
            size_width?: number | null;
            size_height?: number | null;
            acquisition_datetime?: string | null;
            defocus?: number | null;
            magnification?: number | null;
            pixel_size?: number | null;
            detector_name?: string | null;
            applied_defocus?: number | null;
            atlas_quality?: number | null;
            atlas_category?: number | null;
            acquisition_order?: number | null;
            /** @default false */
            lowmag?: boolean | null;
        };
        /** GridSquareUpdateRequest */
        GridSquareUpdateRequest: {
            uuid?: string | null;
            grid_uuid?: string | null;
            gridsquare_id?: string | null;
            status?: components["schemas"]["GridSquareStatus"] | null;
            data_dir?: string | null;
            atlas_node_id?: number | null;
            state?: string | null;
            rotation?: number | null;
            image_path?: string | null;
            selected?: boolean | null;
            unusable?: boolean | null;
            stage_position_x?: number | null;
            stage_position_y?: number | null;
            stage_position_z?: number | null;
            center_x?: number | null;
            center_y?: number | null;
            physical_x?: number | null;
            physical_y?: number | null;
            size_width?: number | null;
            size_height?: number | null;
            acquisition_datetime?: string | null;
            defocus?: number | null;
            magnification?: number | null;
            pixel_size?: number | null;
            detector_name?: string | null;
            applied_defocus?: number | null;
            atlas_quality?: number | null;
            atlas_category?: number | null;
            acquisition_order?: number | null;
            /** @default false */
            lowmag?: boolean | null;
        };
        /** GridSquareResponse */
        GridSquareResponse: {
            uuid: string;
            grid_uuid: string;
            gridsquare_id: string;
            status: components["schemas"]["GridSquareStatus"] | null;
            data_dir: string | null;
            atlas_node_id: number | null;
            state: string | null;
            rotation: number | null;
            image_path: string | null;
            selected: boolean | null;
            unusable: boolean | null;
            stage_position_x: number | null;
            stage_position_y: number | null;
            stage_position_z: number | null;
            center_x: number | null;
            center_y: number | null;
            physical_x: number | null;
            physical_y: number | null;
            size_width: number | null;
            size_height: number | null;
            acquisition_datetime: string | null;
            defocus: number | null;
            magnification: number | null;
            pixel_size: number | null;
            detector_name: string | null;
            applied_defocus: number | null;
            atlas_quality?: number | null;
            atlas_category?: number | null;
            acquisition_order?: number | null;
            foilhole_count?: number;
            micrograph_count?: number;
            completion?: number | null;
        };
        /**
         * FoilHoleStatus
         * @enum {string}
         */
        FoilHoleStatus: "none" | "micrographs detected";
        /** FoilHoleCreateRequest */
        FoilHoleCreateRequest: {
            uuid: string;
            gridsquare_uuid: string;
            foilhole_id: string;
            gridsquare_id: string;
            status?: components["schemas"]["FoilHoleStatus"] | null;
            center_x?: number | null;
            center_y?: number | null;
            quality?: number | null;
            rotation?: number | null;
            size_width?: number | null;
            size_height?: number | null;
            x_location?: number | null;
            y_location?: number | null;
            x_stage_position?: number | null;
            y_stage_position?: number | null;
            diameter?: number | null;
            /** @default false */
            is_near_grid_bar?: boolean | null;
            selected?: boolean | null;
            state?: string | null;
            acquisition_order?: number | null;
            pixel_intensity_mean?: number | null;
            pixel_intensity_stdev?: number | null;
        };
        /** FoilHoleUpdateRequest */
        FoilHoleUpdateRequest: {
            uuid?: string | null;
            gridsquare_uuid?: string | null;
            foilhole_id?: string | null;
            gridsquare_id?: string | null;
            status?: components["schemas"]["FoilHoleStatus"] | null;
            center_x?: number | null;
            center_y?: number | null;
            quality?: number | null;
            rotation?: number | null;
            size_width?: number | null;
            size_height?: number | null;
            x_location?: number | null;
            y_location?: number | null;
            x_stage_position?: number | null;
            y_stage_position?: number | null;
            diameter?: number | null;
            /** @default false */
            is_near_grid_bar?: boolean | null;
            selected?: boolean | null;
            state?: string | null;
            acquisition_order?: number | null;
            pixel_intensity_mean?: number | null;
            pixel_intensity_stdev?: number | null;
        };
        /** FoilHoleResponse */
        FoilHoleResponse: {
            uuid: string;
            gridsquare_uuid: string;
            foilhole_id: string;
            gridsquare_id: string;
            status: components["schemas"]["FoilHoleStatus"] | null;
            center_x: number | null;
            center_y: number | null;
            quality: number | null;
            rotation: number | null;
            size_width: number | null;
            size_height: number | null;
            x_location: number | null;
            y_location: number | null;
            x_stage_position: number | null;
            y_stage_position: number | null;
            diameter: number | null;
            is_near_grid_bar: boolean;
            selected?: boolean | null;
            state?: string | null;
            acquisition_order?: number | null;
            pixel_intensity_mean?: number | null;
            pixel_intensity_stdev?: number | null;
            micrograph_count?: number;
        };
        /**
         * MicrographStatus
         * @enum {string}
         */
        MicrographStatus: "none" | "motion correction started" | "motion correction completed" | "ctf started" | "ctf completed" | "particle picking started" | "particle picking completed" | "particle selection started" | "particle selection completed";
        /** MicrographCreateRequest */
        MicrographCreateRequest: {
            uuid: string;
            foilhole_uuid?: string | null;
            foilhole_id: string;
            micrograph_id?: string | null;
            location_id?: string | null;
            high_res_path?: string | null;
            manifest_file?: string | null;
            acquisition_datetime?: string | null;
            defocus?: number | null;
            detector_name?: string | null;
            energy_filter?: boolean | null;
            phase_plate?: boolean | null;
            image_size_x?: number | null;
            image_size_y?: number | null;
            binning_x?: number | null;
            binning_y?: number | null;
            /** @default none */
            status?: components["schemas"]["MicrographStatus"] | null;
            total_motion?: number | null;
            average_motion?: number | null;
            ctf_max_resolution_estimate?: number | null;
            number_of_particles_picked?: number | null;
            number_of_particles_selected?: number | null;
            number_of_particles_rejected?: number | null;
            pick_distribution?: string | null;
            selection_distribution?: string | null;
            pixel_size?: number | null;
            stage_position_x?: number | null;
            stage_position_y?: number | null;
            beam_shift_x?: number | null;
            beam_shift_y?: number | null;
        };
        /** MicrographUpdateRequest */
        MicrographUpdateRequest: {
            uuid?: string | null;
            foilhole_uuid?: string | null;
            foilhole_id?: string | null;
            micrograph_id?: string | null;
            location_id?: string | null;
            high_res_path?: string | null;
            manifest_file?: string | null;
            acquisition_datetime?: string | null;
            defocus?: number | null;
            detector_name?: string | null;
            energy_filter?: boolean | null;
            phase_plate?: boolean | null;
            image_size_x?: number | null;
            image_size_y?: number | null;
            binning_x?: number | null;
            binning_y?: number | null;
            /** @default none */
            status?: components["schemas"]["MicrographStatus"] | null;
            total_motion?: number | null;
            average_motion?: number | null;
            ctf_max_resolution_estimate?: number | null;
            number_of_particles_picked?: number | null;
            number_of_particles_selected?: number | null;
            number_of_particles_rejected?: number | null;
            pick_distribution?: string | null;
            selection_distribution?: string | null;
            pixel_size?: number | null;
            stage_position_x?: number | null;
            stage_position_y?: number | null;
            beam_shift_x?: number | null;
            beam_shift_y?: number | null;
        };
        /** MicrographResponse */
        MicrographResponse: {
            uuid: string;
            foilhole_uuid: string;
            foilhole_id: string;
            micrograph_id: string | null;
            location_id: string | null;
            high_res_path: string | null;
            manifest_file: string | null;
            acquisition_datetime: string | null;
            defocus: number | null;
            detector_name: string | null;
            energy_filter: boolean | null;
            phase_plate: boolean | null;
            image_size_x: number | null;
            image_size_y: number | null;
            binning_x: number | null;
            binning_y: number | null;
            status: components["schemas"]["MicrographStatus"];
            total_motion: number | null;
            average_motion: number | null;
            ctf_max_resolution_estimate: number | null;
            number_of_particles_picked: number | null;
            number_of_particles_selected: number | null;
            number_of_particles_rejected: number | null;
            pick_distribution: string | null;
            selection_distribution: string | null;
            pixel_size?: number | null;
            stage_position_x?: number | null;
            stage_position_y?: number | null;
            beam_shift_x?: number | null;
            beam_shift_y?: number | null;
        };
        /** GridSquareBatchCreateRequest */
        GridSquareBatchCreateRequest: {
            gridsquares: components["schemas"]["GridSquareCreateRequest"][];
        };
        /** GridSquareBatchCreateResponse */
        GridSquareBatchCreateResponse: {
            gridsquares: components["schemas"]["GridSquareResponse"][];
        };
        /** GridSquarePositionRequest */
        GridSquarePositionRequest: {
            center_x: number;
            center_y: number;
            gridsquare_uuid?: string | null;
            size_height: number;
            size_width: number;
        };
        /** AtlasTileGridSquarePositionResponse */
        AtlasTileGridSquarePositionResponse: {
            atlastile_uuid: string;
            gridsquare_uuid: string;
            center_x: number;
            center_y: number;
            size_width: number;
            size_height: number;
        };
        /** AcquisitionGridCountResponse */
        AcquisitionGridCountResponse: {
            acquisition_uuid: string;
            grids_completed: number;
            grids_total: number;
        };
        /** IngestRequest */
        IngestRequest: {
            acquisitions?: components["schemas"]["AcquisitionCreateRequest"][];
            grids?: components["schemas"]["GridCreateRequest"][];
            atlases?: components["schemas"]["AtlasCreateRequest"][];
            atlas_tiles?: components["schemas"]["AtlasTileCreateRequest"][];
            gridsquares?: components["schemas"]["GridSquareCreateRequest"][];
            foilholes?: components["schemas"]["FoilHoleCreateRequest"][];
            micrographs?: components["schemas"]["MicrographCreateRequest"][];
            tile_positions?: {
                atlastile_uuid: string;
                gridsquare_uuid: string;
                center_x: number;
                center_y: number;
                size_width: number;
                size_height: number;
            }[];
        };
        /** IngestResponse */
        IngestResponse: {
            created: number;
            updated: number;
            unchanged: number;
            rejected: {
                entity: string;
                uuid: string;
                /** @enum {string} */
                code: "parent_missing";
                message: string;
            }[];
        };
        /** QualityPredictionModelCreateRequest */
        QualityPredictionModelCreateRequest: {
            name: string;
            /** @default  */
            description?: string;
            /** @default true */
            can_infer?: boolean;
            /** @default false */
            can_train?: boolean;
            /** @default false */
            can_update?: boolean;
        };
        /** QualityPredictionModelUpdateRequest */
        QualityPredictionModelUpdateRequest: {
            description?: string | null;
            can_infer?: boolean | null;
            can_train?: boolean | null;
            can_update?: boolean | null;
        };
        /** QualityPredictionModelResponse */
        QualityPredictionModelResponse: {
            name: string;
            description: string;
            can_infer: boolean;
            can_train: boolean;
            can_update: boolean;
        };
        /** QualityPredictionCreateRequest */
        QualityPredictionCreateRequest: {
            prediction_model_name: string;
            value: number;
            gridsquare_uuid?: string | null;
            foilhole_uuid?: string | null;
        };
        /** QualityPredictionResponse */
        QualityPredictionResponse: {
            id: number;
            /** Format: date-time */
            timestamp: string;
            prediction_model_name: string;
            value: number;
            gridsquare_uuid?: string | null;
            foilhole_uuid?: string | null;
        };
        /** QualityPrediction */
        QualityPrediction: {
            id?: number | null;
            /** Format: date-time */
            timestamp?: string;
            prediction_model_name: string;
            metric_name?: string | null;
            value: number;
            gridsquare_uuid?: string | null;
            foilhole_uuid?: string | null;
        };
        /** QualityMetricsResponse */
        QualityMetricsResponse: {
            average_quality: number | null;
            max_quality: number | null;
            min_quality: number | null;
            models_count: number;
            total_predictions: number;
        };
        /** LatentRepresentationResponse */
        LatentRepresentationResponse: {
            /** @default  */
            gridsquare_uuid?: string;
            /** @default  */
            foilhole_uuid?: string;
            index: number | null;
            x: number | null;
            y: number | null;
        };
        /** PredictionsBeforeImaging */
        PredictionsBeforeImaging: {
            /** @description By uuid: the holes of which there is a micrograph */
            foilhole: string[];
            /** @description What was predicted of each, 0–1 */
            value: number[];
            /** @description Whether that was said before the hole was imaged; otherwise it is the first that was said of it */
            before: boolean[];
        };
        /** GridSquare */
        GridSquare: {
            uuid: string;
            grid_uuid: string;
            /** @default  */
            gridsquare_id: string;
            /** @default none */
            status: components["schemas"]["GridSquareStatus"];
            data_dir: string | null;
            atlas_node_id: number | null;
            state: string | null;
            rotation: number | null;
            image_path: string | null;
            selected: boolean | null;
            unusable: boolean | null;
            stage_position_x: number | null;
            stage_position_y: number | null;
            stage_position_z: number | null;
            center_x: number | null;
            center_y: number | null;
            physical_x: number | null;
            physical_y: number | null;
            size_width: number | null;
            size_height: number | null;
            acquisition_datetime: string | null;
            defocus: number | null;
            magnification: number | null;
            pixel_size: number | null;
            detector_name: string | null;
            applied_defocus: number | null;
            atlas_quality?: number | null;
            atlas_category?: number | null;
            acquisition_order?: number | null;
            foilhole_count?: number;
            micrograph_count?: number;
            completion?: number | null;
        };
        /** FoilHole */
        FoilHole: {
            uuid: string;
            gridsquare_uuid: string;
            /** @default  */
            foilhole_id: string;
            gridsquare_id: string;
            /** @default none */
            status: components["schemas"]["FoilHoleStatus"];
            center_x: number | null;
            center_y: number | null;
            quality: number | null;
            rotation: number | null;
            size_width: number | null;
            size_height: number | null;
            x_location: number | null;
            y_location: number | null;
            x_stage_position: number | null;
            y_stage_position: number | null;
            diameter: number | null;
            /** @default false */
            is_near_grid_bar: boolean;
            selected?: boolean | null;
            state?: string | null;
            acquisition_order?: number | null;
            pixel_intensity_mean?: number | null;
            pixel_intensity_stdev?: number | null;
            micrograph_count?: number;
        };
        /** ProcessingFeedbackPublishResponse */
        ProcessingFeedbackPublishResponse: {
            published: boolean;
        };
        /** MotionCorrectionCompletedRequest */
        MotionCorrectionCompletedRequest: {
            total_motion: number;
            average_motion: number;
        };
        /** CtfEstimationCompletedRequest */
        CtfEstimationCompletedRequest: {
            ctf_max_res: number;
        };
        /** MotionCorrectionRegisteredRequest */
        MotionCorrectionRegisteredRequest: {
            quality: boolean;
            metric_name?: string | null;
        };
        /** CtfEstimationRegisteredRequest */
        CtfEstimationRegisteredRequest: {
            quality: boolean;
            metric_name?: string | null;
        };
        /** ParticlePickingCompletedRequest */
        ParticlePickingCompletedRequest: {
            number_of_particles_picked: number;
        };
        /** ParticleSelectionCompletedRequest */
        ParticleSelectionCompletedRequest: {
            number_of_particles_selected: number;
            number_of_particles_rejected: number;
            selection_distribution?: {
                [key: string]: unknown;
            } | null;
        };
        /** ParticlePickingRegisteredRequest */
        ParticlePickingRegisteredRequest: {
            quality: boolean;
            metric_name?: string | null;
        };
        /** EventsAccepted */
        EventsAccepted: {
            accepted: number;
            rejected: {
                index: number;
                code: string;
                message: string;
            }[];
        };
        /** AgentSessionCreateRequest */
        AgentSessionCreateRequest: {
            session_id?: string | null;
            acquisition_uuid?: string | null;
            name?: string | null;
            experimental_parameters?: {
                [key: string]: unknown;
            } | null;
        };
        /** AgentSessionResponse */
        AgentSessionResponse: {
            session_id: string;
            agent_id: string;
            acquisition_uuid: string | null;
            name: string | null;
            /** @enum {string} */
            status: "active" | "inactive" | "completed";
            closed_by: ("agent" | "operator") | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_activity_at: string;
            ended_at: string | null;
        };
        /** AgentInstructionAcknowledgement */
        AgentInstructionAcknowledgement: {
            /** @enum {string} */
            status: "received" | "processed" | "failed" | "declined";
            result?: string | null;
            error_message?: string | null;
            processing_time_ms?: number | null;
            processed_at?: string | null;
            given?: boolean | null;
        };
        /** AgentInstructionAcknowledgementResponse */
        AgentInstructionAcknowledgementResponse: {
            acknowledged_at: string;
            agent_id: string;
            instruction_id: string;
            session_id: string;
            status: string;
        };
        /** InstructionVerification */
        InstructionVerification: {
            /** @enum {string} */
            outcome: "followed" | "superseded" | "not_followed";
            /** Format: date-time */
            observed_at: string;
            details?: unknown;
            /** @description The microscope's control has no record of the instruction any more: it is told again. */
            record_lost?: boolean;
        };
        /** AgentLogEntry */
        AgentLogEntry: {
            level: string;
            logger_name: string;
            message: string;
            /** Format: date-time */
            timestamp: string;
        };
        /** AgentLogBatchRequest */
        AgentLogBatchRequest: {
            logs: components["schemas"]["AgentLogEntry"][];
        };
        /** AgentLogBatchResponse */
        AgentLogBatchResponse: {
            stored: number;
        };
        /** InstructionCreateRequest */
        InstructionCreateRequest: {
            instruction_id?: string;
            instruction_type: string;
            payload?: {
                [key: string]: unknown;
            };
            /** @enum {unknown} */
            priority?: "high" | "normal" | "low";
            sequence_number?: number | null;
            expires_at?: string | null;
            metadata?: {
                [key: string]: unknown;
            } | null;
        };
        /** InstructionResponse */
        InstructionResponse: {
            instruction_id: string;
            session_id: string;
            agent_id: string;
            acquisition_uuid: string | null;
            instruction_type: string;
            payload: unknown;
            sequence_number: number | null;
            priority: string;
            /** @enum {unknown} */
            status: "pending" | "sent" | "acknowledged" | "expired" | "failed" | "cancelled";
            ack_status: string | null;
            /** Format: date-time */
            created_at: string;
            sent_at: string | null;
            acknowledged_at: string | null;
            expires_at: string | null;
            retry_count: number;
            max_retries: number;
            metadata: unknown;
            decision_id: number | null;
            verification: unknown;
            archived_at: string | null;
        };
        /** InstructionAuditResponse */
        InstructionAuditResponse: {
            instruction_id: string;
            session_id: string;
            agent_id: string;
            acquisition_uuid: string | null;
            instruction_type: string;
            payload: unknown;
            sequence_number: number | null;
            priority: string;
            /** @enum {unknown} */
            status: "pending" | "sent" | "acknowledged" | "expired" | "failed" | "cancelled";
            ack_status: string | null;
            /** Format: date-time */
            created_at: string;
            sent_at: string | null;
            acknowledged_at: string | null;
            expires_at: string | null;
            retry_count: number;
            max_retries: number;
            metadata: unknown;
            decision_id: number | null;
            verification: unknown;
            archived_at: string | null;
            acknowledgements: {
                status: string;
                result: string | null;
                error_message: string | null;
                processing_time_ms: number | null;
                processed_at: string | null;
                /** Format: date-time */
                created_at: string;
            }[];
            history: {
                /** Format: date-time */
                at: string;
                status: string;
                details: unknown;
            }[];
        };
        /** NoteCreateRequest */
        NoteCreateRequest: {
            text: string;
            author?: string | null;
        };
        /** NoteUpdateRequest */
        NoteUpdateRequest: {
            text: string;
        };
        /** NoteResponse */
        NoteResponse: {
            note_id: number;
            /** @enum {unknown} */
            entity: "acquisition" | "grid" | "gridsquare";
            entity_uuid: string;
            acquisition_uuid: string;
            grid_uuid: string | null;
            author: string | null;
            text: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** InstrumentResponse */
        InstrumentResponse: {
            instrument_id: string;
            instrument_model: string | null;
            computer_name: string | null;
            acquisition_count: number;
            latest_acquisition_uuid: string;
            latest_start_time: string | null;
            active_agents: string[];
        };
        /** AcquisitionMetric */
        AcquisitionMetric: {
            metric_name: string;
            unit: string;
            /** @enum {unknown} */
            better: "lower" | "higher";
            limit: number | null;
            count: number;
            failed: number;
            within_limit: number | null;
            min: number | null;
            max: number | null;
            mean: number | null;
            sd: number | null;
            median: number | null;
            p10: number | null;
            p90: number | null;
        };
        /** AcquisitionQualityMetricsResponse */
        AcquisitionQualityMetricsResponse: {
            acquisition_uuid: string;
            micrograph_count: number;
            metrics: components["schemas"]["AcquisitionMetric"][];
            predictions: components["schemas"]["QualityMetricsResponse"];
        };
        /** DeadLetter */
        DeadLetter: {
            id: number;
            /** Format: date-time */
            received_at: string;
            message_id: string | null;
            event_type: string;
            grid_uuid: string | null;
            attempts: number;
            reason: string | null;
            body: unknown;
        };
        /** QueueStatus */
        QueueStatus: {
            ready: number;
            parked: number;
            dead: number;
            oldest_ready_age_s: number | null;
            by_type: {
                event_type: string;
                status: string;
                count: number;
            }[];
            newest_event_id: number;
            relays: {
                name: string;
                last_event_id: number;
                behind: number;
            }[];
        };
        /**
         * DeadLetterChoice
         * @description `ids`: these. Without it, all, or all of one `event_type`
         */
        DeadLetterChoice: {
            ids?: number[];
            event_type?: string;
        };
        /** AcquisitionDecisionSettings */
        AcquisitionDecisionSettings: {
            /** @enum {string} */
            mode: "observe" | "advise" | "automatic";
            limits: {
                motioncorrection: number | null;
                ctfmaxresolution: number | null;
                numparticles: number | null;
            };
            costs_min: {
                hole: number;
                cluster: number;
                square: number;
                grid: number;
            };
            session_duration_min: number;
            max_skip_share_of_square: number;
            max_skip_share_of_grid: number;
            min_results: number;
            exploration: number;
            hysteresis: number;
            diversity: number;
        };
        /** OverallQualityPrediction */
        OverallQualityPrediction: {
            foilhole_uuid: string;
            grid_uuid: string;
            gridsquare_uuid: string;
            id?: number | null;
            suggested_acquisition_index: number;
            value: number;
        };
        /** QualityPredictionModelWeight */
        QualityPredictionModelWeight: {
            id?: number | null;
            /** Format: date-time */
            timestamp?: string;
            grid_uuid: string;
            prediction_model_name: string;
            metric_name?: string | null;
            micrograph_uuid?: string | null;
            micrograph_quality?: boolean | null;
            quality_score?: number | null;
            prediction_value?: number | null;
            weight: number;
            weight_sd?: number | null;
        };
        /**
         * DecisionOutcome
         * @enum {string}
         */
        DecisionOutcome: "told" | "proposed" | "waiting" | "rejected" | "unchanged" | "too_soon" | "no_session" | "observing" | "over";
        /** DecisionSummary */
        DecisionSummary: {
            /** @description Good holes that a minute is worth elsewhere: what a hole has to beat */
            price_per_minute: number;
            planned_holes: number;
            planned_minutes: number;
            /** @description Planned holes that will be good; each brings as many micrographs as EPU takes exposures there */
            expected_good: number;
            time_left_min: number | null;
            time_elsewhere_min?: number;
            costs_min: {
                hole: number;
                cluster: number;
                square: number;
                grid: number;
            };
            /** @description Holes whose results were known */
            results: number;
            good_share: number | null;
            models: {
                name: string;
                metric: string | null;
                weight: number;
                weight_sd: number;
                coefficient?: {
                    mean: number;
                    sd: number;
                };
            }[];
            warnings: string[];
            /** @description What the microscope was told about, or, where the outcome is proposed, would be: "squares", "skip", or a grid square's uuid */
            told: string[];
            outcome: components["schemas"]["DecisionOutcome"];
            /** @description What operators said of what it proposed; missing as long as they have not */
            answer?: {
                /** @enum {string} */
                answer: "approve" | "reject";
                /** Format: date-time */
                at: string;
            };
            caused_by_micrograph: string | null;
            imaged_until?: string | null;
            /** @description What a good micrograph was; missing in decisions of before it was kept */
            limits?: {
                motioncorrection: number | null;
                ctfmaxresolution: number | null;
                numparticles: number | null;
            };
            load_ms?: number;
            decide_ms?: number;
        };
        /** DecisionHead */
        DecisionHead: {
            id: number;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            mode: "observe" | "advise" | "automatic";
            summary: components["schemas"]["DecisionSummary"];
        };
        /** PlannedSquare */
        PlannedSquare: {
            gridsquare_uuid: string;
            gridsquare_id: string;
            rank: number | null;
            skipped: boolean;
            /** @description Good holes that the plan expects of it */
            value: number;
            rate_per_minute: number | null;
            reason: string;
            foilhole_count: number;
            probability: number | null;
            sd: number | null;
        };
        /** GridPlan */
        GridPlan: {
            grid_uuid: string;
            decision: components["schemas"]["DecisionHead"];
            squares: components["schemas"]["PlannedSquare"][];
        };
        /** PlannedHole */
        PlannedHole: {
            foilhole_uuid: string;
            foilhole_id: string;
            probability: number;
            /** @description Standard deviation of the probability */
            sd: number;
            /** @description Place in the grid's order of holes, from 1; 0: not in it */
            suggested_acquisition_index: number;
            skipped: boolean;
            reason: string;
        };
        /** DecisionInstruction */
        DecisionInstruction: {
            instruction_id: string;
            instruction_type: string;
            /** @enum {string} */
            status: "pending" | "sent" | "acknowledged" | "expired" | "failed" | "cancelled";
            ack_status: ("received" | "processed" | "failed" | "declined") | null;
            verification: {
                /** @enum {string} */
                outcome: "followed" | "superseded" | "not_followed";
                /** Format: date-time */
                observed_at: string;
                details?: unknown;
                record_lost?: boolean;
            } | null;
        };
        /** Decision */
        Decision: {
            id: number;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            mode: "observe" | "advise" | "automatic";
            summary: components["schemas"]["DecisionSummary"];
            replayable: boolean;
            cause: {
                micrograph_uuid: string;
                foilhole_uuid: string;
                foilhole_id: string;
                gridsquare_uuid: string;
                gridsquare_id: string;
            } | null;
            instructions: components["schemas"]["DecisionInstruction"][];
        };
        /** AcquisitionDecisionSettingsUpdate */
        AcquisitionDecisionSettingsUpdate: {
            /** @enum {string} */
            mode?: "observe" | "advise" | "automatic";
            limits?: {
                motioncorrection?: number | null;
                ctfmaxresolution?: number | null;
                numparticles?: number | null;
            };
            costs_min?: {
                hole?: number;
                cluster?: number;
                square?: number;
                grid?: number;
            };
            session_duration_min?: number;
            max_skip_share_of_square?: number;
            max_skip_share_of_grid?: number;
            min_results?: number;
            exploration?: number;
            hysteresis?: number;
            diversity?: number;
        };
        /** QualityLimits */
        QualityLimits: {
            motioncorrection: number | null;
            ctfmaxresolution: number | null;
            numparticles: number | null;
        };
        /** QualityLimitsUpdate */
        QualityLimitsUpdate: {
            motioncorrection?: number | null;
            ctfmaxresolution?: number | null;
            numparticles?: number | null;
        };
        /** OperatorChoice */
        OperatorChoice: {
            choice: ("locked" | "selected") | null;
        };
        /** OperatorChoices */
        OperatorChoices: {
            choice: ("locked" | "selected") | null;
            gridsquare_uuids?: string[];
            foilhole_uuids?: string[];
        };
        /** OperatorChoicesResponse */
        OperatorChoicesResponse: {
            changed: number;
        };
        /** ChosenEntity */
        ChosenEntity: {
            entity_uuid: string;
            /** @enum {string} */
            choice: "locked" | "selected";
            /** Format: date-time */
            chosen_at: string;
        };
        /** ProposedInstruction */
        ProposedInstruction: {
            instruction_type: string;
            payload: {
                [key: string]: unknown;
            };
        };
        /** Proposal */
        Proposal: {
            decision_id: number;
            /** Format: date-time */
            created_at: string;
            instructions: components["schemas"]["ProposedInstruction"][];
        };
        /** ProposalAnswered */
        ProposalAnswered: {
            decision_id: number;
            /** @enum {string} */
            answer: "approve" | "reject";
        };
        /** DecisionReplay */
        DecisionReplay: {
            decision_id: number;
            /** Format: date-time */
            created_at: string;
            mode: string;
            /** @description Whether computing it again gives the same, to the bit */
            identical: boolean;
            versions: {
                stored: {
                    [key: string]: string;
                };
                now: {
                    [key: string]: string;
                };
            };
            explanation: string;
            squares: {
                gridsquare_uuid: string;
                explanation: string;
            }[];
            holes: {
                foilhole_uuid: string;
                explanation: string;
            }[];
        };
        /** ProposalAnswer */
        ProposalAnswer: {
            decision_id: number;
        };
        /**
         * Interval
         * @description A number that is known only so well; 90 % of what it might be lies between
         */
        Interval: {
            mean: number;
            low: number;
            high: number;
        };
        /** CounterfactualReport */
        CounterfactualReport: {
            grid_uuid: string;
            minutes: number;
            costs_min: {
                hole: number;
                cluster: number;
                square: number;
                grid: number;
            };
            imaged_holes: number;
            holes_with_results: number;
            /** @description What a good micrograph was */
            limits: {
                motioncorrection: number | null;
                ctfmaxresolution: number | null;
                numparticles: number | null;
            };
            candidate_holes: number;
            draws: number;
            collected: components["schemas"]["Interval"];
            planned: components["schemas"]["Interval"];
            in_listed_order: components["schemas"]["Interval"];
            optimum: components["schemas"]["Interval"];
            planned_minus_collected: components["schemas"]["Interval"];
            collected_share_of_optimum: components["schemas"]["Interval"];
            planned_share_of_optimum: components["schemas"]["Interval"];
            explanation: string[];
        };
        /** AcquisitionProgressResponse */
        AcquisitionProgressResponse: {
            acquisition_uuid: string;
            status: components["schemas"]["AcquisitionStatus"] | null;
            grid_count: number;
            gridsquare_count: number;
            foilhole_count: number;
            /** @description Holes with a micrograph */
            imaged_foilhole_count: number;
            micrograph_count: number;
        };
        /** MicrographResult */
        MicrographResult: {
            micrograph_uuid: string;
            foilhole_uuid: string;
            foilhole_id: string;
            gridsquare_uuid: string;
            gridsquare_id: string;
            acquisition_datetime: string | null;
            status: components["schemas"]["MicrographStatus"];
            total_motion: number | null;
            average_motion: number | null;
            ctf_max_resolution_estimate: number | null;
            number_of_particles_picked: number | null;
            number_of_particles_selected: number | null;
            defocus: number | null;
            good: boolean | null;
        };
        /** GridSquareIntensity */
        GridSquareIntensity: {
            gridsquare_uuid: string;
            /** @description Holes whose intensity is known */
            foilhole_count: number;
            pixel_intensity_mean: number;
        };
        /** AgentSessionOverview */
        AgentSessionOverview: {
            session_id: string;
            agent_id: string;
            acquisition_uuid: string | null;
            name: string | null;
            /** @enum {string} */
            status: "active" | "inactive" | "completed";
            closed_by: ("agent" | "operator") | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_activity_at: string;
            ended_at: string | null;
            connection_count: number;
            last_heartbeat_at: string | null;
            software_version: string | null;
        };
        /** AgentLogLine */
        AgentLogLine: {
            id: number;
            agent_id: string;
            session_id: string;
            /** Format: date-time */
            timestamp: string;
            level: string;
            logger_name: string;
            message: string;
        };
        /** InstructionOverview */
        InstructionOverview: {
            instruction_id: string;
            agent_id: string;
            session_id: string;
            acquisition_uuid: string | null;
            instruction_type: string;
            payload: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            priority: "high" | "normal" | "low";
            /** @enum {string} */
            status: "pending" | "sent" | "acknowledged" | "expired" | "failed" | "cancelled";
            ack_status: ("received" | "processed" | "failed" | "declined") | null;
            ack_message: string | null;
            /** Format: date-time */
            created_at: string;
            sent_at: string | null;
            acknowledged_at: string | null;
            expires_at: string | null;
            retry_count: number;
            decision_id: number | null;
            verification: {
                /** @enum {string} */
                outcome: "followed" | "superseded" | "not_followed";
                /** Format: date-time */
                observed_at: string;
                details?: unknown;
                record_lost?: boolean;
            } | null;
        };
        /** MicrographResultColumns */
        MicrographResultColumns: {
            /** @description The squares that have a micrograph */
            gridsquares: {
                uuid: string;
                gridsquare_id: string;
            }[];
            /** @description Uuids of the holes that have a micrograph */
            foilholes: string[];
            /** @description Per micrograph: the place of its square in `gridsquares` */
            gridsquare: number[];
            /** @description Per micrograph: the place of its hole in `foilholes` */
            foilhole: number[];
            /** @description Milliseconds since 1970 */
            taken_at_ms: (number | null)[];
            total_motion: (number | null)[];
            ctf_max_resolution_estimate: (number | null)[];
            /** @description Those selected; where none were selected from them, those picked */
            particles: (number | null)[];
            /** @description As the decisions judge it; null: not known yet */
            good: (boolean | null)[];
        };
        /** AcquisitionThroughput */
        AcquisitionThroughput: {
            acquisition_uuid: string;
            micrograph_count: number;
            judged_count: number;
            good_count: number;
            first_micrograph_at: string | null;
            last_micrograph_at: string | null;
            good_per_hour: number | null;
        };
        /** DebugSessionRequest */
        DebugSessionRequest: {
            session_id?: string | null;
            agent_id?: string | null;
            acquisition_uuid?: string | null;
            name?: string | null;
            experimental_parameters?: {
                [key: string]: unknown;
            } | null;
        };
        /** DebugInstructionRequest */
        DebugInstructionRequest: {
            instruction_type?: string;
            payload?: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            priority?: "high" | "normal" | "low";
            sequence_number?: number | null;
            expires_in_minutes?: number | null;
            metadata?: {
                [key: string]: unknown;
            } | null;
        };
        /** PartHealth */
        PartHealth: {
            /** @enum {string} */
            status: "ok" | "error" | "not configured";
            details: string;
        };
        /** Health */
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded";
            /** Format: date-time */
            timestamp: string;
            services: {
                database: components["schemas"]["PartHealth"];
                event_broker: components["schemas"]["PartHealth"];
                worker: components["schemas"]["PartHealth"];
                log_aggregator: components["schemas"]["PartHealth"];
            };
            version: string;
        };
        /** Status */
        Status: {
            service: string;
            version: string;
            uptime_s: number;
            configuration: {
                [key: string]: unknown;
            };
            features: {
                event_broker: string;
                decisions: boolean;
                frontend_events: boolean;
            };
        };
        /** Version */
        Version: {
            service: string;
            version: string;
        };
        /** DatabaseIdentity */
        DatabaseIdentity: {
            database_id: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_auth_configuration_auth_configuration_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthConfiguration"];
                };
            };
        };
    };
    get_auth_caller_auth_caller_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthCaller"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    get_acquisitions_acquisitions_get: {
        parameters: {
            query?: {
                name?: string;
                status?: "planned" | "started" | "completed" | "paused" | "abandoned";
                start_time?: string;
                end_time?: string;
                paused_time?: string;
                storage_path?: string;
                atlas_path?: string;
                clustering_mode?: string;
                clustering_radius?: string;
                instrument_model?: string;
                instrument_id?: string;
                computer_name?: string;
                epu_session_id?: string;
                planned_end_time?: string;
                limit?: number;
                offset?: number;
                counts?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_acquisition_acquisitions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcquisitionCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_acquisition_acquisitions__acquisition_uuid__get: {
        parameters: {
            query?: {
                counts?: boolean;
            };
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_acquisition_acquisitions__acquisition_uuid__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcquisitionUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_acquisition_acquisitions__acquisition_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grids_grids_get: {
        parameters: {
            query?: {
                acquisition_uuid?: string;
                name?: string;
                status?: "none" | "scan started" | "scan completed" | "grid squares decision started" | "grid squares decision completed";
                data_dir?: string;
                atlas_dir?: string;
                scan_start_time?: string;
                scan_end_time?: string;
                limit?: number;
                offset?: number;
                counts?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grid_grids__grid_uuid__get: {
        parameters: {
            query?: {
                counts?: boolean;
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_grid_grids__grid_uuid__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GridUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_grid_grids__grid_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_atlases_atlases_get: {
        parameters: {
            query?: {
                grid_uuid?: string;
                atlas_id?: string;
                acquisition_date?: string;
                storage_folder?: string;
                description?: string;
                name?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_atlas_atlases__atlas_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                atlas_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_atlas_atlases__atlas_uuid__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                atlas_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AtlasUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_atlas_atlases__atlas_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                atlas_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_atlas_tiles_atlas_tiles_get: {
        parameters: {
            query?: {
                atlas_uuid?: string;
                tile_id?: string;
                position_x?: number;
                position_y?: number;
                size_x?: number;
                size_y?: number;
                file_format?: string;
                base_filename?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasTileResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_atlas_tile_atlas_tiles__tile_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tile_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasTileResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_atlas_tile_atlas_tiles__tile_uuid__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tile_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AtlasTileUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasTileResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_atlas_tile_atlas_tiles__tile_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tile_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_gridsquares_gridsquares_get: {
        parameters: {
            query?: {
                grid_uuid?: string;
                gridsquare_id?: string;
                status?: "none" | "all foil holes registered" | "foil holes decision started" | "foil holes decision completed";
                data_dir?: string;
                atlas_node_id?: number;
                state?: string;
                rotation?: number;
                image_path?: string;
                selected?: boolean;
                unusable?: boolean;
                stage_position_x?: number;
                stage_position_y?: number;
                stage_position_z?: number;
                center_x?: number;
                center_y?: number;
                physical_x?: number;
                physical_y?: number;
                size_width?: number;
                size_height?: number;
                acquisition_datetime?: string;
                defocus?: number;
                magnification?: number;
                pixel_size?: number;
                detector_name?: string;
                applied_defocus?: number;
                atlas_quality?: number;
                atlas_category?: number;
                acquisition_order?: number;
                limit?: number;
                offset?: number;
                counts?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquareResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_gridsquare_gridsquares__gridsquare_uuid__get: {
        parameters: {
            query?: {
                counts?: boolean;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquareResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_gridsquare_gridsquares__gridsquare_uuid__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GridSquareUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquareResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_gridsquare_gridsquares__gridsquare_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_foilholes_foilholes_get: {
        parameters: {
            query?: {
                gridsquare_uuid?: string;
                foilhole_id?: string;
                gridsquare_id?: string;
                status?: "none" | "micrographs detected";
                center_x?: number;
                center_y?: number;
                quality?: number;
                rotation?: number;
                size_width?: number;
                size_height?: number;
                x_location?: number;
                y_location?: number;
                x_stage_position?: number;
                y_stage_position?: number;
                diameter?: number;
                is_near_grid_bar?: boolean;
                selected?: boolean;
                state?: string;
                acquisition_order?: number;
                pixel_intensity_mean?: number;
                pixel_intensity_stdev?: number;
                limit?: number;
                offset?: number;
                counts?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoilHoleResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_foilhole_foilholes__foilhole_uuid__get: {
        parameters: {
            query?: {
                counts?: boolean;
            };
            header?: never;
            path: {
                foilhole_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoilHoleResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_foilhole_foilholes__foilhole_uuid__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                foilhole_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FoilHoleUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoilHoleResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_foilhole_foilholes__foilhole_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                foilhole_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_micrographs_micrographs_get: {
        parameters: {
            query?: {
                foilhole_uuid?: string;
                foilhole_id?: string;
                micrograph_id?: string;
                location_id?: string;
                high_res_path?: string;
                manifest_file?: string;
                acquisition_datetime?: string;
                defocus?: number;
                detector_name?: string;
                energy_filter?: boolean;
                phase_plate?: boolean;
                image_size_x?: number;
                image_size_y?: number;
                binning_x?: number;
                binning_y?: number;
                status?: "none" | "motion correction started" | "motion correction completed" | "ctf started" | "ctf completed" | "particle picking started" | "particle picking completed" | "particle selection started" | "particle selection completed";
                total_motion?: number;
                average_motion?: number;
                ctf_max_resolution_estimate?: number;
                number_of_particles_picked?: number;
                number_of_particles_selected?: number;
                number_of_particles_rejected?: number;
                pick_distribution?: string;
                selection_distribution?: string;
                pixel_size?: number;
                stage_position_x?: number;
                stage_position_y?: number;
                beam_shift_x?: number;
                beam_shift_y?: number;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrographResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_micrograph_micrographs__micrograph_uuid__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrographResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_micrograph_micrographs__micrograph_uuid__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MicrographUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrographResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_micrograph_micrographs__micrograph_uuid__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_acquisition_grids_acquisitions__acquisition_uuid__grids_get: {
        parameters: {
            query?: {
                acquisition_uuid?: string;
                name?: string;
                status?: "none" | "scan started" | "scan completed" | "grid squares decision started" | "grid squares decision completed";
                data_dir?: string;
                atlas_dir?: string;
                scan_start_time?: string;
                scan_end_time?: string;
                limit?: number;
                offset?: number;
                counts?: boolean;
            };
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_acquisition_grid_acquisitions__acquisition_uuid__grids_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GridCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grid_gridsquares_grids__grid_uuid__gridsquares_get: {
        parameters: {
            query?: {
                grid_uuid?: string;
                gridsquare_id?: string;
                status?: "none" | "all foil holes registered" | "foil holes decision started" | "foil holes decision completed";
                data_dir?: string;
                atlas_node_id?: number;
                state?: string;
                rotation?: number;
                image_path?: string;
                selected?: boolean;
                unusable?: boolean;
                stage_position_x?: number;
                stage_position_y?: number;
                stage_position_z?: number;
                center_x?: number;
                center_y?: number;
                physical_x?: number;
                physical_y?: number;
                size_width?: number;
                size_height?: number;
                acquisition_datetime?: string;
                defocus?: number;
                magnification?: number;
                pixel_size?: number;
                detector_name?: string;
                applied_defocus?: number;
                atlas_quality?: number;
                atlas_category?: number;
                acquisition_order?: number;
                limit?: number;
                offset?: number;
                counts?: boolean;
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquareResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_grid_gridsquare_grids__grid_uuid__gridsquares_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GridSquareCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquareResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_foilhole_micrographs_foilholes__foilhole_uuid__micrographs_get: {
        parameters: {
            query?: {
                foilhole_uuid?: string;
                foilhole_id?: string;
                micrograph_id?: string;
                location_id?: string;
                high_res_path?: string;
                manifest_file?: string;
                acquisition_datetime?: string;
                defocus?: number;
                detector_name?: string;
                energy_filter?: boolean;
                phase_plate?: boolean;
                image_size_x?: number;
                image_size_y?: number;
                binning_x?: number;
                binning_y?: number;
                status?: "none" | "motion correction started" | "motion correction completed" | "ctf started" | "ctf completed" | "particle picking started" | "particle picking completed" | "particle selection started" | "particle selection completed";
                total_motion?: number;
                average_motion?: number;
                ctf_max_resolution_estimate?: number;
                number_of_particles_picked?: number;
                number_of_particles_selected?: number;
                number_of_particles_rejected?: number;
                pick_distribution?: string;
                selection_distribution?: string;
                pixel_size?: number;
                stage_position_x?: number;
                stage_position_y?: number;
                beam_shift_x?: number;
                beam_shift_y?: number;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                foilhole_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrographResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_foilhole_micrograph_foilholes__foilhole_uuid__micrographs_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                foilhole_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MicrographCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrographResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grid_atlas_grids__grid_uuid__atlas_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_grid_atlas_grids__grid_uuid__atlas_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AtlasCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_atlas_tiles_by_atlas_atlases__atlas_uuid__tiles_get: {
        parameters: {
            query?: {
                atlas_uuid?: string;
                tile_id?: string;
                position_x?: number;
                position_y?: number;
                size_x?: number;
                size_y?: number;
                file_format?: string;
                base_filename?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                atlas_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasTileResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_atlas_tile_for_atlas_atlases__atlas_uuid__tiles_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                atlas_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AtlasTileCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasTileResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_gridsquare_foilholes_gridsquares__gridsquare_uuid__foilholes_get: {
        parameters: {
            query?: {
                gridsquare_uuid?: string;
                foilhole_id?: string;
                gridsquare_id?: string;
                status?: "none" | "micrographs detected";
                center_x?: number;
                center_y?: number;
                quality?: number;
                rotation?: number;
                size_width?: number;
                size_height?: number;
                x_location?: number;
                y_location?: number;
                x_stage_position?: number;
                y_stage_position?: number;
                diameter?: number;
                is_near_grid_bar?: boolean;
                selected?: boolean;
                state?: string;
                acquisition_order?: number;
                pixel_intensity_mean?: number;
                pixel_intensity_stdev?: number;
                limit?: number;
                offset?: number;
                counts?: boolean;
                on_square_only?: boolean;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoilHoleResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_gridsquare_foilhole_gridsquares__gridsquare_uuid__foilholes_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FoilHoleCreateRequest"][];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoilHoleResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_grid_gridsquares_batch_grids__grid_uuid__gridsquares_batch_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GridSquareBatchCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquareBatchCreateResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    link_atlas_tile_to_gridsquare_atlas_tiles__tile_uuid__gridsquares__gridsquare_uuid__post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tile_uuid: string;
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GridSquarePositionRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasTileGridSquarePositionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    link_atlas_tile_to_gridsquares_atlas_tiles__tile_uuid__gridsquares_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tile_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GridSquarePositionRequest"][];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtlasTileGridSquarePositionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_acquisition_grid_counts_acquisitions_grid_counts_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionGridCountResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    ingest_ingest_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IngestRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IngestResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    grid_registered_grids__grid_uuid__registered_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    gridsquare_registered_gridsquares__gridsquare_uuid__registered_post: {
        parameters: {
            query?: {
                count?: number;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_prediction_models_prediction_models_get: {
        parameters: {
            query?: {
                name?: string;
                description?: string;
                can_infer?: boolean;
                can_train?: boolean;
                can_update?: boolean;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityPredictionModelResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_prediction_model_prediction_models_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QualityPredictionModelCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityPredictionModelResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_prediction_model_prediction_models__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityPredictionModelResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_prediction_model_prediction_models__name__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QualityPredictionModelUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityPredictionModelResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_prediction_model_prediction_models__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_quality_prediction_quality_predictions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QualityPredictionCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityPredictionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_prediction_for_grid_prediction_model__prediction_model_name__grid__grid_uuid__prediction_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                prediction_model_name: string;
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityPredictionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_prediction_for_gridsquare_prediction_model__prediction_model_name__gridsquare__gridsquare_uuid__prediction_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                prediction_model_name: string;
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityPredictionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_gridsquare_quality_prediction_time_series_gridsquares__gridsquare_uuid__quality_predictions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["QualityPrediction"][];
                    };
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_foilhole_quality_prediction_time_series_for_gridsquare_gridsquares__gridsquare_uuid__foilhole_quality_predictions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: {
                            [key: string]: components["schemas"]["QualityPrediction"][];
                        };
                    };
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_foilhole_quality_prediction_time_series_for_gridsquare_for_metric_quality_metric__metric_name__gridsquares__gridsquare_uuid__foilhole_quality_predictions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                metric_name: string;
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: {
                            [key: string]: components["schemas"]["QualityPrediction"][];
                        };
                    };
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_quality_metrics_quality_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityMetricsResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    get_predictions_before_imaging_prediction_model__prediction_model_name__grid__grid_uuid__before_imaging_get: {
        parameters: {
            query?: {
                /** @description The metric that was predicted; left out: quality as such */
                metric?: string;
            };
            header?: never;
            path: {
                prediction_model_name: string;
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictionsBeforeImaging"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_latent_rep_prediction_model__prediction_model_name__grid__grid_uuid__latent_representation_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                prediction_model_name: string;
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LatentRepresentationResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_square_latent_rep_prediction_model__prediction_model_name__gridsquare__gridsquare_uuid__latent_representation_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                prediction_model_name: string;
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LatentRepresentationResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_suggested_square_collections_grid__grid_uuid__prediction_model__prediction_model_name__latent_rep__latent_rep_model_name__suggested_squares_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                grid_uuid: string;
                prediction_model_name: string;
                latent_rep_model_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquare"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_suggested_hole_collections_gridsquares__gridsquare_uuid__prediction_model__prediction_model_name__latent_rep__latent_rep_model_name__suggested_holes_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
                prediction_model_name: string;
                latent_rep_model_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoilHole"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_micrograph_motion_correction_completed_micrographs__micrograph_uuid__motion_correction_completed_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MotionCorrectionCompletedRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcessingFeedbackPublishResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_micrograph_ctf_estimation_completed_micrographs__micrograph_uuid__ctf_estimation_completed_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CtfEstimationCompletedRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcessingFeedbackPublishResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_micrograph_particle_picking_completed_micrographs__micrograph_uuid__particle_picking_completed_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParticlePickingCompletedRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcessingFeedbackPublishResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_micrograph_particle_selection_completed_micrographs__micrograph_uuid__particle_selection_completed_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParticleSelectionCompletedRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcessingFeedbackPublishResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_micrograph_particle_picking_registered_micrographs__micrograph_uuid__particle_picking_registered_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParticlePickingRegisteredRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcessingFeedbackPublishResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_micrograph_motion_correction_registered_micrographs__micrograph_uuid__motion_correction_registered_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MotionCorrectionRegisteredRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcessingFeedbackPublishResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_micrograph_ctf_estimation_registered_micrographs__micrograph_uuid__ctf_estimation_registered_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CtfEstimationRegisteredRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProcessingFeedbackPublishResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    publish_events_events_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsAccepted"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    stream_events_events_stream_get: {
        parameters: {
            query?: {
                event_types?: string;
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    frontend_event_stream_frontend_events_stream_get: {
        parameters: {
            query?: {
                acquisition_uuid?: string;
                agent_id?: string;
                event_types?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_sessions_agent__agent_id__sessions_get: {
        parameters: {
            query?: {
                status?: "active" | "inactive" | "completed";
                acquisition_uuid?: string;
                name?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_session_agent__agent_id__sessions_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentSessionCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_all_sessions_sessions_get: {
        parameters: {
            query?: {
                agent_id?: string;
                status?: "active" | "inactive" | "completed";
                acquisition_uuid?: string;
                name?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    close_session_agent__agent_id__sessions__session_id__close_post: {
        parameters: {
            query?: {
                closed_by?: "agent" | "operator";
            };
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    open_session_agent__agent_id__sessions__session_id__open_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    stream_instructions_agent__agent_id__session__session_id__instructions_stream_get: {
        parameters: {
            query?: {
                unanswered?: boolean;
            };
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    acknowledge_instruction_agent__agent_id__session__session_id__instructions__instruction_id__ack_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
                instruction_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentInstructionAcknowledgement"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentInstructionAcknowledgementResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    verify_instruction_agent__agent_id__session__session_id__instructions__instruction_id__verification_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
                instruction_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InstructionVerification"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    agent_heartbeat_agent__agent_id__session__session_id__heartbeat_post: {
        parameters: {
            query?: {
                /** @description Of the stream at which the agent listens: the session's others, which it has left, are closed. */
                connection_id?: string;
            };
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    ingest_agent_logs_agent__agent_id__session__session_id__logs_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentLogBatchRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentLogBatchResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_instructions_instructions_get: {
        parameters: {
            query?: {
                session_id?: string;
                agent_id?: string;
                acquisition_uuid?: string;
                status?: "pending" | "sent" | "acknowledged" | "expired" | "failed" | "cancelled";
                instruction_type?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstructionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_session_instructions_agent__agent_id__sessions__session_id__instructions_get: {
        parameters: {
            query?: {
                status?: "pending" | "sent" | "acknowledged" | "expired" | "failed" | "cancelled";
                instruction_type?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstructionResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_instruction_agent__agent_id__sessions__session_id__instructions_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
                session_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InstructionCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstructionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_instruction_instructions__instruction_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                instruction_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstructionAuditResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    cancel_instruction_instructions__instruction_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                instruction_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstructionResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_acquisition_notes_acquisitions__acquisition_uuid__notes_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_acquisition_note_acquisitions__acquisition_uuid__notes_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_grid_notes_grids__grid_uuid__notes_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_grid_note_grids__grid_uuid__notes_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_gridsquare_notes_gridsquares__gridsquare_uuid__notes_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_gridsquare_note_gridsquares__gridsquare_uuid__notes_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteCreateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_note_notes__note_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                note_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteUpdateRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_note_notes__note_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                note_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_instruments_instruments_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstrumentResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_acquisition_quality_metrics_acquisitions__acquisition_uuid__quality_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionQualityMetricsResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_queue_status_admin_queue_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueStatus"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    list_dead_letters_admin_queue_dead_letters_get: {
        parameters: {
            query?: {
                event_type?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_dead_letter_admin_queue_dead_letters__dead_letter_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dead_letter_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    retry_dead_letters_admin_queue_dead_letters_retry_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeadLetterChoice"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        retried: number;
                        refused: number;
                    };
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    drop_dead_letters_admin_queue_dead_letters_drop_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeadLetterChoice"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dropped: number;
                    };
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_overall_prediction_for_gridsquare_gridsquare__gridsquare_uuid__overall_prediction_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OverallQualityPrediction"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_model_weights_for_grid_grid__grid_uuid__model_weights_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["QualityPredictionModelWeight"][];
                    };
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_plan_grids__grid_uuid__plan_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridPlan"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_gridsquare_plan_gridsquares__gridsquare_uuid__plan_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlannedHole"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_decisions_grids__grid_uuid__decisions_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                before?: number;
                /** @description These decisions alone */
                id?: number[];
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_decision_grids__grid_uuid__decisions__decision_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
                decision_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_decision_settings_acquisitions__acquisition_uuid__decision_settings_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionDecisionSettings"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_decision_settings_acquisitions__acquisition_uuid__decision_settings_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcquisitionDecisionSettingsUpdate"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionDecisionSettings"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    reset_decision_settings_acquisitions__acquisition_uuid__decision_settings_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                acquisition_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionDecisionSettings"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_instrument_quality_limits_instruments__instrument_id__quality_limits_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                instrument_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityLimits"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    update_instrument_quality_limits_instruments__instrument_id__quality_limits_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                instrument_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QualityLimitsUpdate"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityLimits"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    choose_gridsquare_gridsquares__gridsquare_uuid__choice_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperatorChoice"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorChoice"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    choose_foilhole_foilholes__foilhole_uuid__choice_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                foilhole_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperatorChoice"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorChoice"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_choices_grids__grid_uuid__choices_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChosenEntity"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    choose_many_grids__grid_uuid__choices_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperatorChoices"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorChoicesResponse"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_proposal_grids__grid_uuid__proposal_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"] | null;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    approve_proposal_grids__grid_uuid__proposal_approve_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProposalAnswer"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalAnswered"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    reject_proposal_grids__grid_uuid__proposal_reject_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProposalAnswer"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalAnswered"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    replay_decision_grids__grid_uuid__decisions__decision_id__replay_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
                decision_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionReplay"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_counterfactual_report_grids__grid_uuid__decisions_report_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CounterfactualReport"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_acquisitions_progress_acquisitions_progress_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionProgressResponse"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grid_results_grids__grid_uuid__results_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrographResult"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grid_intensities_grids__grid_uuid__intensities_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GridSquareIntensity"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_agent_sessions_agents_sessions_get: {
        parameters: {
            query?: {
                acquisition_uuid?: string;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionOverview"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_agent_logs_agents_logs_get: {
        parameters: {
            query?: {
                session_id?: string;
                agent_id?: string;
                /** @description Lines that are at least as severe */
                level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                /** @description What the agent, the logger or the message have in them, in whatever case */
                contains?: string;
                after_id?: number;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentLogLine"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_newest_instructions_instructions_newest_get: {
        parameters: {
            query?: {
                acquisition_uuid?: string;
                session_id?: string;
                status?: "pending" | "sent" | "acknowledged" | "expired" | "failed" | "cancelled";
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstructionOverview"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grid_result_columns_grids__grid_uuid__results_columns_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrographResultColumns"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_acquisitions_throughput_acquisitions_throughput_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcquisitionThroughput"][];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_grid_atlas_image_grids__grid_uuid__atlas_image_get: {
        parameters: {
            query?: {
                x?: number | null;
                y?: number | null;
                w?: number | null;
                h?: number | null;
                /** @description Reduces the image to this longest side, in pixels. Its native size is in the headers X-Native-Width and X-Native-Height. */
                max_size?: number;
            };
            header?: never;
            path: {
                grid_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description The image is still the one that `If-None-Match` names */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such entity, or no image of it that may be read */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_gridsquare_image_gridsquares__gridsquare_uuid__gridsquare_image_get: {
        parameters: {
            query?: {
                x?: number | null;
                y?: number | null;
                w?: number | null;
                h?: number | null;
                /** @description Reduces the image to this longest side, in pixels. Its native size is in the headers X-Native-Width and X-Native-Height. */
                max_size?: number;
            };
            header?: never;
            path: {
                gridsquare_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description The image is still the one that `If-None-Match` names */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such entity, or no image of it that may be read */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_micrograph_image_micrographs__micrograph_uuid__image_get: {
        parameters: {
            query?: {
                x?: number | null;
                y?: number | null;
                w?: number | null;
                h?: number | null;
                /** @description Reduces the image to this longest side, in pixels. Its native size is in the headers X-Native-Width and X-Native-Height. */
                max_size?: number;
            };
            header?: never;
            path: {
                micrograph_uuid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description The image is still the one that `If-None-Match` names */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description There is no such entity, or no image of it that may be read */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_active_connections_debug_agent_connections_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    get_connection_stats_debug_connection_stats_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    get_active_sessions_debug_sessions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    get_session_instructions_debug_session__session_id__instructions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_test_instruction_debug_session__session_id__create_instruction_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DebugInstructionRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_test_session_debug_sessions_create_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DebugSessionRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_managed_session_debug_sessions_create_managed_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DebugSessionRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    close_managed_session_debug_sessions__session_id__close_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description What the request names does not exist */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description Mistakes in the request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_metrics_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
    get_health_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Default Response */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: components["schemas"]["Health"];
                    };
                };
            };
        };
    };
    get_status_status_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    get_version_version_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    get_database_identity_database_identity_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseIdentity"];
                };
            };
            /** @description Without a valid access token, where the server asks for one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description The token gives no role with the permission that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
        };
    };
}
