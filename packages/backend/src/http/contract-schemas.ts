/**
 * The schemas of the wire contract: their fields, `?` where one may be left out, `= v` with what it is then; or the words of an
 * enumeration. Clients generated from the original's OpenAPI document have types of these names.
 */
export const CONTRACT_SCHEMAS: Readonly<Record<string, string>> = {
  AcquisitionCreateRequest: `
    atlas_path?: string or null; clustering_mode?: string or null; clustering_radius?: string or null;
    computer_name?: string or null; end_time?: string(date-time) or null; instrument_id?: string or null;
    instrument_model?: string or null; name?: string or null; paused_time?: string(date-time) or null;
    start_time?: string(date-time) or null; status?: AcquisitionStatus or null; storage_path?: string or null; uuid: string`,
  AcquisitionGridCountResponse: "acquisition_uuid: string; grids_completed: integer; grids_total: integer",
  AcquisitionResponse: `
    atlas_path: string or null; clustering_mode: string or null; clustering_radius: string or null;
    computer_name: string or null; end_time: string(date-time) or null; instrument_id: string or null;
    instrument_model: string or null; name: string; paused_time: string(date-time) or null;
    start_time: string(date-time) or null; status: AcquisitionStatus or null; storage_path: string or null; uuid: string`,
  AcquisitionStatus: "'planned' | 'started' | 'completed' | 'paused' | 'abandoned'",
  AcquisitionUpdateRequest: `
    atlas_path?: string or null; clustering_mode?: string or null; clustering_radius?: string or null;
    computer_name?: string or null; end_time?: string(date-time) or null; instrument_id?: string or null;
    instrument_model?: string or null; name?: string or null; paused_time?: string(date-time) or null;
    start_time?: string(date-time) or null; status?: AcquisitionStatus or null; storage_path?: string or null;
    uuid?: string or null`,
  AgentInstructionAcknowledgement: `
    error_message?: string or null; processed_at?: string(date-time) or null; processing_time_ms?: integer or null;
    result?: string or null; status: 'received' | 'processed' | 'failed' | 'declined'`,
  AgentInstructionAcknowledgementResponse: `
    acknowledged_at: string; agent_id: string; instruction_id: string; session_id: string; status: string`,
  AgentLogBatchRequest: "logs: AgentLogEntry[]",
  AgentLogBatchResponse: "stored: integer",
  AgentLogEntry: "level: string; logger_name: string; message: string; timestamp: string(date-time)",
  AtlasCreateRequest: `
    acquisition_date?: string(date-time) or null; atlas_id?: string or null; description?: string or null; grid_uuid: string;
    name: string; storage_folder?: string or null; tiles?: AtlasTileCreateRequest[] or null; uuid: string`,
  AtlasResponse: `
    acquisition_date: string(date-time) or null; atlas_id: string; description: string or null; grid_uuid: string; name: string;
    storage_folder: string or null; tiles?: AtlasTileResponse[] or null = []; uuid: string`,
  AtlasTileCreateRequest: `
    atlas_uuid: string; base_filename?: string or null; file_format?: string or null; position_x?: integer or null;
    position_y?: integer or null; size_x?: integer or null; size_y?: integer or null; tile_id?: string or null; uuid: string`,
  AtlasTileGridSquarePositionResponse: `
    atlastile_uuid: string; center_x: integer; center_y: integer; gridsquare_uuid: string; size_height: integer;
    size_width: integer`,
  AtlasTileResponse: `
    atlas_uuid: string; base_filename: string or null; file_format: string or null; position_x: integer or null;
    position_y: integer or null; size_x: integer or null; size_y: integer or null; tile_id: string; uuid: string`,
  AtlasTileUpdateRequest: `
    atlas_uuid?: string or null; base_filename?: string or null; file_format?: string or null; position_x?: integer or null;
    position_y?: integer or null; size_x?: integer or null; size_y?: integer or null; tile_id?: string or null;
    uuid?: string or null`,
  AtlasUpdateRequest: `
    acquisition_date?: string(date-time) or null; atlas_id?: string or null; description?: string or null;
    grid_uuid?: string or null; name?: string or null; storage_folder?: string or null; uuid?: string or null`,
  CtfEstimationCompletedRequest: "ctf_max_res: number",
  CtfEstimationRegisteredRequest: "metric_name?: string or null; quality: boolean",
  FoilHole: `
    center_x?: number or null; center_y?: number or null; diameter?: integer or null; foilhole_id?: string = '';
    gridsquare_id?: string or null; gridsquare_uuid?: string or null; is_near_grid_bar?: boolean = false;
    quality?: number or null; rotation?: number or null; size_height?: number or null; size_width?: number or null;
    status?: FoilHoleStatus = 'none'; uuid: string; x_location?: integer or null; x_stage_position?: number or null;
    y_location?: integer or null; y_stage_position?: number or null`,
  FoilHoleCreateRequest: `
    center_x?: number or null; center_y?: number or null; diameter?: integer or null; foilhole_id: string;
    gridsquare_id: string; gridsquare_uuid: string; is_near_grid_bar?: boolean = false; quality?: number or null;
    rotation?: number or null; size_height?: number or null; size_width?: number or null; status?: FoilHoleStatus or null;
    uuid: string; x_location?: integer or null; x_stage_position?: number or null; y_location?: integer or null;
    y_stage_position?: number or null`,
  FoilHoleResponse: `
    center_x: number or null; center_y: number or null; diameter: integer or null; foilhole_id: string;
    gridsquare_id: string or null; is_near_grid_bar: boolean; quality: number or null; rotation: number or null;
    size_height: number or null; size_width: number or null; status: FoilHoleStatus or null; uuid: string;
    x_location: integer or null; x_stage_position: number or null; y_location: integer or null; y_stage_position: number or null`,
  FoilHoleStatus: "'none' | 'micrographs detected'",
  FoilHoleUpdateRequest: `
    center_x?: number or null; center_y?: number or null; diameter?: integer or null; foilhole_id?: string or null;
    gridsquare_id?: string or null; gridsquare_uuid?: string or null; is_near_grid_bar?: boolean = false;
    quality?: number or null; rotation?: number or null; size_height?: number or null; size_width?: number or null;
    status?: FoilHoleStatus or null; uuid?: string or null; x_location?: integer or null; x_stage_position?: number or null;
    y_location?: integer or null; y_stage_position?: number or null`,
  GridCreateRequest: `
    acquisition_uuid: string; atlas_dir?: string or null; data_dir?: string or null; name: string;
    scan_end_time?: string(date-time) or null; scan_start_time?: string(date-time) or null; status?: GridStatus or null;
    uuid: string`,
  GridResponse: `
    acquisition_uuid: string or null; atlas_dir: string or null; data_dir: string or null; name: string;
    scan_end_time: string(date-time) or null; scan_start_time: string(date-time) or null; status: GridStatus or null;
    uuid: string`,
  GridSquare: `
    acquisition_datetime?: string(date-time) or null; applied_defocus?: number or null; atlas_node_id?: integer or null;
    center_x?: integer or null; center_y?: integer or null; data_dir?: string or null; defocus?: number or null;
    detector_name?: string or null; grid_uuid?: string or null; gridsquare_id?: string = ''; image_path?: string or null;
    magnification?: number or null; physical_x?: number or null; physical_y?: number or null; pixel_size?: number or null;
    rotation?: number or null; selected?: boolean or null; size_height?: integer or null; size_width?: integer or null;
    stage_position_x?: number or null; stage_position_y?: number or null; stage_position_z?: number or null;
    state?: string or null; status?: GridSquareStatus = 'none'; unusable?: boolean or null; uuid: string`,
  GridSquareBatchCreateRequest: "gridsquares: GridSquareCreateRequest[]",
  GridSquareBatchCreateResponse: "gridsquares: GridSquareResponse[]",
  GridSquareCreateRequest: `
    acquisition_datetime?: string(date-time) or null; applied_defocus?: number or null; atlas_node_id?: integer or null;
    center_x?: integer or null; center_y?: integer or null; data_dir?: string or null; defocus?: number or null;
    detector_name?: string or null; grid_uuid: string; gridsquare_id: string; image_path?: string or null;
    lowmag?: boolean = false; magnification?: number or null; physical_x?: number or null; physical_y?: number or null;
    pixel_size?: number or null; rotation?: number or null; selected?: boolean or null; size_height?: integer or null;
    size_width?: integer or null; stage_position_x?: number or null; stage_position_y?: number or null;
    stage_position_z?: number or null; state?: string or null; status?: GridSquareStatus or null; unusable?: boolean or null;
    uuid: string`,
  GridSquarePositionRequest: `
    center_x: integer; center_y: integer; gridsquare_uuid?: string or null; size_height: integer; size_width: integer`,
  GridSquareResponse: `
    acquisition_datetime: string(date-time) or null; applied_defocus: number or null; atlas_node_id: integer or null;
    center_x: integer or null; center_y: integer or null; data_dir: string or null; defocus: number or null;
    detector_name: string or null; grid_uuid: string or null; gridsquare_id: string; image_path: string or null;
    magnification: number or null; physical_x: number or null; physical_y: number or null; pixel_size: number or null;
    rotation: number or null; selected: boolean or null; size_height: integer or null; size_width: integer or null;
    stage_position_x: number or null; stage_position_y: number or null; stage_position_z: number or null; state: string or null;
    status: GridSquareStatus or null; unusable: boolean or null; uuid: string`,
  GridSquareStatus: `
    'none' | 'all foil holes registered' | 'foil holes decision started' | 'foil holes decision completed'`,
  GridSquareUpdateRequest: `
    acquisition_datetime?: string(date-time) or null; applied_defocus?: number or null; atlas_node_id?: integer or null;
    center_x?: integer or null; center_y?: integer or null; data_dir?: string or null; defocus?: number or null;
    detector_name?: string or null; grid_uuid?: string or null; gridsquare_id?: string or null; image_path?: string or null;
    lowmag?: boolean = false; magnification?: number or null; physical_x?: number or null; physical_y?: number or null;
    pixel_size?: number or null; rotation?: number or null; selected?: boolean or null; size_height?: integer or null;
    size_width?: integer or null; stage_position_x?: number or null; stage_position_y?: number or null;
    stage_position_z?: number or null; state?: string or null; status?: GridSquareStatus or null; unusable?: boolean or null;
    uuid?: string or null`,
  GridStatus: `
    'none' | 'scan started' | 'scan completed' | 'grid squares decision started' | 'grid squares decision completed'`,
  GridUpdateRequest: `
    acquisition_uuid?: string or null; atlas_dir?: string or null; data_dir?: string or null; name?: string or null;
    scan_end_time?: string(date-time) or null; scan_start_time?: string(date-time) or null; status?: GridStatus or null;
    uuid?: string or null`,
  LatentRepresentationResponse: `
    foilhole_uuid?: string = ''; gridsquare_uuid?: string = ''; index: integer or null; x: number or null; y: number or null`,
  MicrographCreateRequest: `
    acquisition_datetime?: string(date-time) or null; average_motion?: number or null; binning_x?: integer or null;
    binning_y?: integer or null; ctf_max_resolution_estimate?: number or null; defocus?: number or null;
    detector_name?: string or null; energy_filter?: boolean or null; foilhole_id: string; foilhole_uuid?: string or null;
    high_res_path?: string or null; image_size_x?: integer or null; image_size_y?: integer or null;
    location_id?: string or null; manifest_file?: string or null; number_of_particles_picked?: integer or null;
    number_of_particles_rejected?: integer or null; number_of_particles_selected?: integer or null;
    phase_plate?: boolean or null; pick_distribution?: string or null; selection_distribution?: string or null;
    status?: MicrographStatus = 'none'; total_motion?: number or null; uuid: string`,
  MicrographResponse: `
    acquisition_datetime?: string(date-time) or null; average_motion?: number or null; binning_x?: integer or null;
    binning_y?: integer or null; ctf_max_resolution_estimate?: number or null; defocus?: number or null;
    detector_name?: string or null; energy_filter?: boolean or null; foilhole_id?: string or null; foilhole_uuid: string;
    high_res_path?: string or null; image_size_x?: integer or null; image_size_y?: integer or null;
    location_id?: string or null; manifest_file?: string or null; micrograph_id?: string or null;
    number_of_particles_picked?: integer or null; number_of_particles_rejected?: integer or null;
    number_of_particles_selected?: integer or null; phase_plate?: boolean or null; pick_distribution?: string or null;
    selection_distribution?: string or null; status: MicrographStatus; total_motion?: number or null; uuid: string`,
  MicrographStatus: `
    'none' | 'motion correction started' | 'motion correction completed' | 'ctf started' | 'ctf completed' |
    'particle picking started' | 'particle picking completed' | 'particle selection started' | 'particle selection completed'`,
  MicrographUpdateRequest: `
    acquisition_datetime?: string(date-time) or null; average_motion?: number or null; binning_x?: integer or null;
    binning_y?: integer or null; ctf_max_resolution_estimate?: number or null; defocus?: number or null;
    detector_name?: string or null; energy_filter?: boolean or null; foilhole_id?: string or null;
    foilhole_uuid?: string or null; high_res_path?: string or null; image_size_x?: integer or null;
    image_size_y?: integer or null; location_id?: string or null; manifest_file?: string or null;
    number_of_particles_picked?: integer or null; number_of_particles_rejected?: integer or null;
    number_of_particles_selected?: integer or null; phase_plate?: boolean or null; pick_distribution?: string or null;
    selection_distribution?: string or null; status?: MicrographStatus = 'none'; total_motion?: number or null;
    uuid?: string or null`,
  MotionCorrectionCompletedRequest: "average_motion: number; total_motion: number",
  MotionCorrectionRegisteredRequest: "metric_name?: string or null; quality: boolean",
  OverallQualityPrediction: `
    foilhole_uuid: string; grid_uuid: string; gridsquare_uuid: string; id?: integer or null;
    suggested_acquisition_index: integer; value: number`,
  ProcessingFeedbackPublishResponse: "published: boolean",
  QualityMetricsResponse: `
    average_quality: number or null; max_quality: number or null; min_quality: number or null; models_count: integer;
    total_predictions: integer`,
  QualityPrediction: `
    foilhole_uuid?: string or null; gridsquare_uuid?: string or null; id?: integer or null; metric_name?: string or null;
    prediction_model_name: string; timestamp?: string(date-time); value: number`,
  QualityPredictionCreateRequest: `
    foilhole_uuid?: string or null; gridsquare_uuid?: string or null; prediction_model_name: string; value: number`,
  QualityPredictionModelCreateRequest: `
    can_infer?: boolean = true; can_train?: boolean = false; can_update?: boolean = false; description?: string = '';
    name: string`,
  QualityPredictionModelResponse: `
    can_infer: boolean; can_train: boolean; can_update: boolean; description: string; name: string`,
  QualityPredictionModelUpdateRequest: `
    can_infer?: boolean or null; can_train?: boolean or null; can_update?: boolean or null; description?: string or null`,
  QualityPredictionModelWeight: `
    grid_uuid: string; id?: integer or null; metric_name?: string or null; micrograph_quality?: boolean or null;
    micrograph_uuid?: string or null; prediction_model_name: string; prediction_value?: number or null;
    quality_score?: number or null; timestamp?: string(date-time); weight: number`,
  QualityPredictionResponse: `
    foilhole_uuid?: string or null; gridsquare_uuid?: string or null; id: integer; prediction_model_name: string;
    timestamp: string(date-time); value: number`,
};
